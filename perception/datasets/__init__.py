"""Recordings on disk: readers and writers of the layouts that the field uses."""
