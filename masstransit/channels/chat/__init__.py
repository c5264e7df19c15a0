"""Chat over WebSocket, and the house's own trunk for what is said in conversations."""
