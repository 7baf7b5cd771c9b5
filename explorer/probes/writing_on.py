"""What a network writes after a text, each token drawn with the probability it gave."""
