"""The mail wire: an IMAP4rev1 subset and a door for outgoing mail, over the mailboxes of the square."""
