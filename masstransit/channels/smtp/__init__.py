"""Mail by SMTP (RFC 5321), as it comes in.

`exchanger.py` is the server that others' servers bring mail to (MX); `authentication.py` asks whether a mail is from
whom it says (`spf.py`, `dmarc.py`, DKIM and ARC by dkimpy), of a resolver that the operator names (`names.py`);
`letter.py` reads what a mail says, `bounce.py` what came back, `aggregate.py` what others report of a domain's mail.
"""
