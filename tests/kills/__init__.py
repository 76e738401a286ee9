"""Processes of caigen killed at any moment, and given again: are all rows there, once, and whole?"""
