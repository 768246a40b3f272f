# ask HOST:PORT SECONDS PATH STATUS TEXT [FOLDER]: wait until the product answers as it should, so many seconds; then
# send the requests in a folder, in their order: N.http is one as it goes over the line but for its cookies, N.status
# what it is to be answered with.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Select;

my ($there, $seconds, $path, $status, $text, $folder) = @ARGV;
my (%cookies, $seen);
my $until = time + $seconds;
while (1) {
    my ($code, $body) = ask("GET $path HTTP/1.1\r\nHost: $there\r\nAccept: */*\r\nConnection: close\r\n\r\n", 5);
    last if $code == $status && ($text eq '' || index($body, $text) >= 0);
    if (time >= $until) {
        print STDERR "$path should be answered with HTTP $status", $text ne '' && " and $text", ", last seen: $code\n";
        exit 1;
    }
    select undef, undef, undef, 0.1;
}
exit 0 unless $folder;
%cookies = ();
for (my $number = 1; -e "$folder/$number.http"; $number++) {
    my $request = content("$folder/$number.http");
    my ($line) = $request =~ /\A(.*?) HTTP/;
    my $cookies = join '; ', map { "$_=$cookies{$_}" } sort keys %cookies;
    $request =~ s/\r\n/\r\nCookie: $cookies\r\n/ if $cookies ne '';
    my ($code, $body) = ask($request, 60);
    print "$line: HTTP $code\n";
    my $wanted = content("$folder/$number.status");
    if ($code != $wanted) {
        print STDERR "$line should be answered with HTTP $wanted\n", substr($body, 0, 2000), "\n";
        exit 1;
    }
}

sub content {
    open my $file, '<:raw', $_[0] or die "$_[0]: $!\n";
    local $/;
    return scalar <$file>;
}

# Status and body of the answer to a request; the status is 0 where there is none in time.
sub ask {
    my ($request, $limit) = @_;
    my $end = IO::Socket::INET->new(PeerAddr => $there, Timeout => $limit) or return (0, '');
    local $SIG{PIPE} = 'IGNORE';
    my ($sent, $answer, $last) = (0, '', time + $limit);
    while ($sent < length $request) {
        my $written = syswrite $end, $request, 65536, $sent;
        return (0, '') unless defined $written;
        $sent += $written;
    }
    my $ready = IO::Select->new($end);
    while (!whole($answer)) {
        return (0, '') if time >= $last || !$ready->can_read($last - time);
        last unless sysread $end, $answer, 65536, length $answer;
    }
    my ($head, $body) = split /\r\n\r\n/, $answer, 2;
    return (0, '') unless defined $head && $head =~ m{\AHTTP/1\.\d (\d{3})};
    my $code = $1;
    while ($head =~ /^Set-Cookie:\s*([^=;\s]+)=([^;\r\n]*)([^\r\n]*)/gim) {
        my ($name, $value, $more) = ($1, $2, $3);
        if ($more =~ /max-age=(0|-\d+)\b/i || $value eq '') { delete $cookies{$name} } else { $cookies{$name} = $value }
    }
    return ($code, $head =~ /^Transfer-Encoding:.*chunked/im ? joined($body) : $body // '');
}

# Whether an answer of a known length is all there; of others the connection's end tells.
sub whole {
    my ($head, $body) = split /\r\n\r\n/, $_[0], 2;
    return 0 unless defined $body;
    return $body =~ /(?:\A|\r\n)0\r\n\r\n\z/ if $head =~ /^Transfer-Encoding:.*chunked/im;
    return $head =~ /^Content-Length:\s*(\d+)/im && length $body >= $1;
}

sub joined {
    my ($rest, $body) = ($_[0] // '', '');
    while ($rest =~ s/\A([0-9a-f]+)[^\r\n]*\r\n//i) {
        my $size = hex $1 or last;
        $body .= substr $rest, 0, $size;
        $rest = length $rest > $size + 2 ? substr $rest, $size + 2 : '';
    }
    return $body;
}
