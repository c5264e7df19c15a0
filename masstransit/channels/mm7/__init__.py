"""MM7 (3GPP TS 23.140): SOAP with attachments between us, the VASP, and a carrier's MMS centre, over HTTP both ways."""
