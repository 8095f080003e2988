"""Google's side of the practice network: the sign-in that its networks share, and the wire of Business Profile's reviews."""
