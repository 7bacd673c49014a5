"""The clients of the first table, a module each, so that no process imports more than one."""
