"""The suite under test: a catalogue of faults, two ways to put them in, and the score."""
