"""What a visitor can predict on each page: questions that the network itself answers once they are asked."""
