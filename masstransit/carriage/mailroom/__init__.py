"""What arrives by mail is sorted here: what people write to customers, what came back, what receivers report.

`values.py` says in which shapes a channel hands it in. `sorting.py` tells by its address what a mail is for;
`bounces.py` has the message end that came back, `complaints.py` hears feedback loops, `reports.py` keeps what receivers
tell of a domain's mail (DMARC).
"""
