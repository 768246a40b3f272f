# login FILE COMMAND…: write the user and password of the environment into a file, as crypt(3) has them, and become the
# command.
use strict;
use warnings;

my ($file, @command) = @ARGV;
umask 077;
open my $out, '>', $file or die "$file: $!\n";
print $out delete $ENV{LOGIN_USER}, ':', crypt(delete $ENV{LOGIN_PASSWORD}, '$5$rounds=1000$project$'), "\n";
close $out or die "$file: $!\n";
exec @command or die "$command[0]: $!\n";
