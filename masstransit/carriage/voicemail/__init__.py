"""Voice mail: what answers a call to a number when nobody takes it, and gives its owner what was left.

mailbox.py     a mailbox: what it can be told, and who may open it
keeping.py     mailboxes made, changed and taken away
deposits.py    messages on record: as they are left, judged, told of, deleted and erased
phrases.py     what is said, pre-rendered in four languages
answering.py   leads a call to a mailbox: the number's phones, the greeting, the tone
retrieving.py  its owner's call: messages, by keys
"""
