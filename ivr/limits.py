"""Every limit of this package, in one place."""

nodes_max = 500
document_bytes_max = 1_000_000
visits_max = 10  # entries of one node in a row, without a key pressed
depth_max = 10  # flows that one another has called
after_words_max = 2_000  # that a step says it followed; what happens beyond them leads no replay
after_hangup_max = 20  # nodes that run when the caller is gone
variables_max = 100
value_chars_max = 1_000
say_chars_max = 1_000  # of one text to be spoken
quiet_s_max = 2.0  # how long a caller may hear nothing
answer_bytes_max = 64_000  # of a tenant's server
verbs_max = 100  # in one answer of a tenant's server
paths_max = 200  # that one exploration draws
path_choices_max = 60  # that one path takes
