"""Faxes: documents as pages that terminals send, what comes in as documents again; offered, received and kept."""
