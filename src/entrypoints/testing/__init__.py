"""For those who write a gateway: the suite that every gateway of Tocsin passes."""
