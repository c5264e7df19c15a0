"""Documents of strangers, drawn as fax pages by a process that may die of it, one process a document.

`studio.py` is the door: a document in, its pages out, or what its sender is told. `worker.py` draws it by
`documents.py`, which is the only place where PDFium is loaded for that. `orders.py` is what goes between.
"""
