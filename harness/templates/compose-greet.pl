# greet PORT HELLO PATTERN [OVER]: whether what listens on a port here answers HELLO (hexadecimal) as PATTERN begins,
# or is no longer wanted. Without a PATTERN it is enough that it takes a connection.
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $hello, $pattern, $over) = @ARGV;
exit 0 if $over && -e $over;
my $there = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 4) or exit 1;
exit 0 if $pattern eq '';
alarm 4;
syswrite $there, pack 'H*', $hello if $hello;
sysread $there, my $answer, 512;
exit($answer =~ /\A(?:$pattern)/s ? 0 : 1);
