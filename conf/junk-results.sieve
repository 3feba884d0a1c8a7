# Files mail into Junk by what beschermd(8) wrote into Authentication-Results: for
# sites where another filter removes the mark, or writes it too.  See junk.sieve.
#
# Put the name of your server in the place of mx.school.example: AuthservID of
# beschermd.conf(5), or else myhostname of Postfix.  Fields of that name which a sender
# wrote are removed, and dis=quarantine says that the message is to be marked.  Only the
# topmost field is looked at: ours, whatever stands below it.
require ["fileinto", "mailbox", "index"];

if header :index 1 :matches "Authentication-Results"
    "mx.school.example; dmarc=*dis=quarantine*" {
	fileinto :create "Junk";
	stop;
}
