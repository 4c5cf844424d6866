"""Intake: from a supplier's file to pseudonymised records in the lake, and a feedback report to the supplier.

Owns fetching, reading, checking against the contract, pseudonymising and landing. Promises that a file is read exactly as
sent, that every fault is told at once, and that nothing is lost when the process is killed. Never lets an NHS number go
further than the person it stands for, and never writes one down.
"""
