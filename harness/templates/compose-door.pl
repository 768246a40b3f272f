# A way in: each argument, PORT=HOST:PORT, is a port here whose connections go on to a container.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

$SIG{CHLD} = 'IGNORE';
$SIG{TERM} = $SIG{INT} = sub { exit 0 };

my (%to, $select);
$select = IO::Select->new;
for my $way (@ARGV) {
    my ($port, $there) = split /=/, $way, 2;
    my $listener = IO::Socket::INET->new(LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "port $port: $!\n";
    $to{$listener} = $there;
    $select->add($listener);
}
while (1) {
    for my $listener ($select->can_read) {
        my $near = $listener->accept or next;
        my $child = fork;
        pass($near, $to{$listener}) if defined $child && !$child;
        close $near;
    }
}

sub pass {
    my ($near, $there) = @_;
    my $far = IO::Socket::INET->new(PeerAddr => $there, Timeout => 10) or exit 1;
    my %other = ($near => $far, $far => $near);
    my $open = IO::Select->new($near, $far);
    while ($open->count) {
        for my $end ($open->can_read) {
            my $read = sysread $end, my $data, 65536;
            if ($read) {
                my $sent = 0;
                while ($sent < $read) {
                    my $written = syswrite $other{$end}, $data, $read - $sent, $sent;
                    exit 1 unless defined $written;
                    $sent += $written;
                }
            } else {
                exit 1 unless defined $read;
                $open->remove($end);
                shutdown $other{$end}, 1;
            }
        }
    }
    exit 0;
}
