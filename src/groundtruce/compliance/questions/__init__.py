"""What is asked of each incident, and the answers: fields, places, times, actors, who is bound, what came before."""
