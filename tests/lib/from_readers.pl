# What two Perl readers see in a From field: each line of the input is a JSON list of one
# field's values (octets as characters), each line of the output a JSON object,
# reader => list of addresses.
use strict;
use warnings;
use Email::Address::XS;
use JSON::PP;
use Mail::Address;

$| = 1;
local $SIG{__WARN__} = sub { };    # of fields that are none
my $json = JSON::PP->new->ascii;
while (my $line = <STDIN>) {
	my (@old, @xs);
	for my $value (@{$json->decode($line)}) {
		push @old, map { $_->address } Mail::Address->parse($value);
		push @xs, map { $_->address // () } Email::Address::XS->parse($value);
	}
	print $json->encode({'Mail::Address' => \@old, 'Email::Address::XS' => \@xs}), "\n";
}
