"""The pages that a buyer meets: payment window, identity window, sales slip."""
