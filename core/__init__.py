"""The ground room: tenancy, HTTP policy, jobs, push, clock, text folding. It knows no customer and has no tables."""
