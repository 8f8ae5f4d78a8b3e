"""What its users decide: which rules speak and where, what is suppressed and why, what is assumed, what is expected, what is known already.

Nothing here changes what was read; an assumption settles what was not.
"""
