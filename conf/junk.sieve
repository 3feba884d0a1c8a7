# Files mail that beschermd(8) has marked into Junk.
#
# For Dovecot's Pigeonhole: copy it to /var/lib/dovecot/sieve/before.d/, set
#     sieve_before = /var/lib/dovecot/sieve/before.d
# in the plugin section, and run sievec on it.  The field is QuarantineHeader of
# beschermd.conf(5).  A sender who writes it himself condemns no mail but his own.
require ["fileinto", "mailbox"];

if header :is "X-Spam-Flag" "YES" {
	fileinto :create "Junk";
	stop;
}
