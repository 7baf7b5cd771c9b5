"""Frame of every page: the server, the page table, the heading, the address, the background."""
