"""SMPP 3.4, both ways: the door for customers' ESMEs (`server`) and the links to carriers (`trunk`).

pdu       octets <-> values, strictly
session   one connection: framing, windows, keep-alive
parts     long texts: headers that join segments, cutting and joining
reports   delivery receipts as the field writes them
dialect   addresses, times, alphabets and verdicts in the protocol's words
server    we are the SMSC
trunk     we are the ESME
"""
