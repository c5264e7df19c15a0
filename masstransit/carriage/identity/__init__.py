"""Who calls, proven: tokens (PASSporT) that we sign for calls of ours, and verify on calls that come in.

    passport.py      the token itself: what it claims, its signature (RFC 8225, RFC 8588, RFC 8946)
    header.py        the Identity header that brings it (RFC 8224 section 4)
    tn_auth_list.py  the numbers that a certificate speaks for (RFC 8226 section 9)
    certificates.py  certificates that we know, and whom we trust to give them out
    signing.py       our own key, and what a call of ours is given
    verifying.py     what came of the headers of a call that comes in
    service.py       `Identity`: the one object that channels ask

How far we vouch for a number (A, B or C) is a fact with its reason, `facts/calls/callers.py`; what follows from a
verification is for clause 18. Nothing here asks the network: certificates are in a folder that the operator fills.
"""
