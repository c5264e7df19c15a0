"""What arrives by mail is sorted here: what people write to customers, what came back, what receivers report.

`values.py` says in which shapes a channel hands it in; `sorting.py` tells by its address what a mail is for, and has
done what follows from it.
"""
