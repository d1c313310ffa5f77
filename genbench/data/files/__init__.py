"""Reads files of users: tables, arrays and folders of images."""
