"""The words that options and settings may take, and the defaults that `--help` shows. Imports nothing but `typing`.

Command line and library share them: the library checks its types with them, and the commands offer them without
loading the library.
"""

from typing import Literal

OnError = Literal["fail", "skip"]  # what a bad input line does
Take = Literal["none", "chosen", "rejected"]  # which answer of a preference line becomes the candidate
Style = Literal["chat", "transcript", "plain"]  # how a critique is asked for
Select = Literal["random", "cycle", "all"]  # how the principle of a round is chosen
Think = Literal["auto", "on", "off"]  # whether a reasoning model thinks before it answers
Compare = Literal["first-last", "candidates", "all"]  # which texts of a record a judge compares
Pairing = Literal["first-last", "adjacent", "all", "labeled", "best-worst"]  # which texts of a candidate pair
What = Literal["revisions", "critiques", "both"]  # what SFT rows teach
SftRows = Literal["revisions", "critiques", "both", "spans"]  # the same, or token labels
Which = Literal["all", "last"]  # which texts or revisions of a candidate
SplitBy = Literal["prompt", "family"]  # what never falls on both sides of a split
Kind = Literal["pairs", "sft", "prompts", "spans"]  # kinds of training rows
To = Literal[  # the trainer that rows are for: the keys of exports.formats.FORMATS
    "trl", "trl-reward", "trl-kto", "openrlhf", "axolotl", "llama-factory", "torchtune", "nemo-rl", "verl"
]
Runner = Literal["local", "ray"]  # what carries the rows

CONSTITUTION = "general"  # where none is named
MAX_TOKENS = 512  # completion tokens of an answer, and of a critique
THINK_TOKENS = 2048  # tokens of a thought
ANSWER_SECONDS = 600.0  # for one answer of a server
STALL_SECONDS = 600.0  # without a token: the engine is started anew
JUDGE_SAMPLES = 16  # answers, for each order, of a judge without log-probabilities
MIN_MASS = 0.5  # least probability that a judge answers with one of the words asked for
CLAMP = (0.4, 0.6)  # bounds of the probability after reasons (paper 4.1)
SERVE_HOST, SERVE_PORT = "127.0.0.1", 8790
SERVE_BODY_MEGABYTES = 8
SERVE_SECONDS = 170.0  # of one request to `caigen serve`
