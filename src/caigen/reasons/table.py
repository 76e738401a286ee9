"""The table of reason words: each word, where it stands, what it means, and what to do. Imports nothing.

A word that names how a text ended (`truncated`) stands once, under `ending`. Behind `answer_`, `critique_`, `revision_`
and `text_` it means the same of an answer, a critique, a revision, or a text to label (explain.py).
`docs/reasons.md` is made of this table.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "ending",
    "critique",
    "revision",
    "cleaned",
    "failure",
    "reward",
    "comparison",
    "note",
    "tries",
    "skipped",
    "export",
    "labels",
]

TITLES: dict[Kind, str] = {
    "ending": "How a text ended, where its model did not end it",
    "critique": "Flags of a critique: it is shown to no reviser and taught to no model",
    "revision": "Flags of a revision: it is no text of the candidate, and no row is made of it",
    "cleaned": "What was taken off a revision; the rest is used",
    "failure": "Why a row failed, behind the stage: `revise:unreachable`",
    "reward": "Why `caigen serve` or a reward function gave no reward",
    "comparison": "The status of a comparison",
    "note": "What a command did inside the rows (`notes` of the summary)",
    "tries": "Second tries, behind `answer_`, `critique_` and `revision_`",
    "skipped": "Rows that a command left alone",
    "export": "Why a text gave no training row",
    "labels": "Why a text or a quote gave no token labels (`--what spans`)",
}


@dataclass(frozen=True)
class Reason:
    """A word of one kind, what it means, and what to do about it; nothing need be done where `action` is empty."""

    word: str
    kind: Kind
    meaning: str
    action: str = ""


_READ_SOME = "read some with `caigen show --flag`; another model or --temperature may help"

REASONS: tuple[Reason, ...] = (
    Reason("truncated", "ending", "cut off by a token limit", "raise --max-tokens; for critiques --critique-tokens"),
    Reason(
        "loop", "ending", "it repeats itself again and again", "another --temperature, --stop-loops, or a better model"
    ),
    Reason(
        "content_filter",
        "ending",
        "the server's content filter broke it off, or refused the request",
        "read the server's log; another server or model for such prompts",
    ),
    Reason(
        "no_finish_reason",
        "ending",
        "the server does not say how the text ended, so it may be half a text",
        "take a server that names a finish_reason",
    ),
    Reason("refusal", "ending", "the server says that the model refused", "another prompt or model"),
    Reason("empty", "ending", "it has no word", "another prompt, model or --temperature"),
    Reason("unknown", "ending", "it ended for a reason that has no letters", "read the server's log"),
    # critiques
    Reason(
        "unparsed",
        "critique",
        "it is not the JSON that was asked for, so it has no verdict",
        "a larger --critic-model, or --plain for critiques in prose",
    ),
    Reason("refusal", "critique", "the model turned the task down", "another --critic-model"),
    Reason("echo", "critique", "it gives the question back", "another --critic-model"),
    Reason("inconsistent", "critique", "verdict, severity and quotes say different things", "a larger --critic-model"),
    Reason("invented_quote", "critique", "none of the words that it quotes is in the text", "a larger --critic-model"),
    Reason(
        "too_long", "critique", "the text and its principle do not fit the model's context", "a model with more context"
    ),
    # revisions
    Reason("identical", "revision", "the text that was to be revised, letter by letter", _READ_SOME),
    Reason("near_identical", "revision", "nothing changed but case, spaces and punctuation", _READ_SOME),
    Reason("meta", "revision", "it says that nothing need change", _READ_SOME),
    Reason("refuses_task", "revision", "the model says that it will not revise", "another --reviser-model"),
    Reason("leak", "revision", "words of the critique or of the request stand in it", _READ_SOME),
    Reason("too_long", "revision", "the request for it does not fit the model's context", "a model with more context"),
    # cleaning
    Reason("control_token", "cleaned", "control tokens of the model, and what it wrote after its turn"),
    Reason("role_tag", "cleaned", "a speaker's name or a label before the text, or the next speaker's turn after it"),
    Reason("meta_prefix", "cleaned", "a lead-in, such as `Here is the revised answer:`"),
    Reason("meta_suffix", "cleaned", "a remark on the revision after the text"),
    Reason("wrapping", "cleaned", "JSON, a tag, a fence or quotation marks around the whole text"),
    # failures
    Reason(
        "too_long",
        "failure",
        "the prompt does not fit the model's context",
        "shorten the prompt; a model with more context",
    ),
    Reason(
        "refused",
        "failure",
        "the engine or the server refused the request",
        "read the message of the row: `caigen show --failed`",
    ),
    Reason(
        "template",
        "failure",
        "the model's chat template refuses the conversation",
        "read the message of the row: `caigen show --failed`",
    ),
    Reason(
        "choice_not_a_token",
        "failure",
        "a judge's answer is not one token of the model",
        "--samples, or another --judge-model",
    ),
    Reason(
        "bad_answer",
        "failure",
        "the answer of the server is not JSON, not a completion, or broken",
        "read the server's log",
    ),
    Reason(
        "rate_limited",
        "failure",
        "the server still said 429 after the last try",
        "the same command again later; fewer requests at once",
    ),
    Reason(
        "unreachable",
        "failure",
        "the server gave no answer after the last try",
        "start the server; then the same command again",
    ),
    Reason("timeout", "failure", "the answer took too long", "the same command again"),
    Reason("busy", "failure", "the reward server had too much to do", "ask again later"),
    Reason(
        "constitution",
        "failure",
        "the record's constitution cannot be loaded, or does not fit",
        "name it with --constitution",
    ),
    Reason("unknown", "failure", "the record does not say why it failed", "the command that failed again"),
    # rewards
    Reason(
        "not_text",
        "reward",
        "the text is no text, or has characters that cannot be encoded",
        "look at what the trainer sends",
    ),
    Reason("no_answer", "reward", "the completion has no answer of the assistant"),
    Reason("only_thought", "reward", "the completion is a thought without an answer", "more tokens for the answer"),
    Reason(
        "no_prompt",
        "reward",
        "no prompt was sent, and none can be told apart in the text",
        "docs/rewards.md says what to send",
    ),
    Reason("bad_prompt", "reward", "the prompt that was sent cannot be read", "docs/rewards.md says what to send"),
    Reason(
        "other_prompt",
        "reward",
        "the label names another prompt than the one that was sent",
        "send the prompts with their own labels",
    ),
    Reason(
        "prompt_not_in_query",
        "reward",
        "the text does not begin with the prompt that was sent",
        "docs/rewards.md says what to send",
    ),
    Reason(
        "unknown_template",
        "reward",
        "the chat template that wrote the prompt is not known",
        "name it to `caigen serve`",
    ),
    Reason(
        "unread", "reward", "the judge's answer could not be read, so there is no reward", "--unread, or another judge"
    ),
    # comparisons
    Reason("decided", "comparison", "the judge prefers one text"),
    Reason(
        "tie", "comparison", "the judge prefers neither text clearly enough", "nothing; or a stronger --judge-model"
    ),
    Reason(
        "order_flip",
        "comparison",
        "the judge prefers whichever text stands first, or whichever stands second",
        "a stronger --judge-model",
    ),
    Reason(
        "low_mass",
        "comparison",
        "the judge tends to say something else than A or B",
        "another --judge-model, or --min-mass",
    ),
    Reason("unparsed", "comparison", "no A and no B could be read", "another --judge-model"),
    # notes
    Reason("critique_violates", "note", "a usable critique that says the text breaks its principle"),
    Reason("critique_complies", "note", "a usable critique that says the text keeps its principle"),
    Reason("critique_unclear", "note", "a usable critique that does not say yes or no"),
    Reason("critique_unusable", "note", "a critique with a flag", "look at the flags beside it"),
    Reason("revision_usable", "note", "a revision without a flag"),
    Reason("revision_unusable", "note", "a revision with a flag", "look at the flags beside it"),
    Reason("quote_not_found", "note", "a quote of a critique that is not in the text; other quotes of it may be"),
    Reason("second_tries", "tries", "what was asked for once more since it could not be used"),
    Reason("second_tries_helped", "tries", "second tries that brought something usable"),
    Reason("nothing_to_compare", "note", "a record without two texts to compare"),
    Reason("judged_before", "note", "judgements that were there already and were not asked for again"),
    Reason("scored", "note", "a text with a reward"),
    Reason("score_unread", "note", "a text whose score could not be read for some principles", "another --judge-model"),
    Reason("journal_damaged", "note", "answers in the journal that could not be read and were asked for again"),
    Reason("engine_restarted", "note", "the engine gave no token for too long and was started anew"),
    Reason(
        "family_on_both_sides",
        "note",
        "prompts of one family of dialogues are on both sides of the split",
        "--split-by family",
    ),
    Reason(
        "earlier_answers_learned",
        "note",
        "rows whose trainer learns the earlier answers too",
        "docs/exports.md says which trainers do",
    ),
    Reason(
        "rows_never_revised",
        "note",
        "rows whose answer no critique faulted, so it was never revised",
        "--only-revised leaves them out",
    ),
    # skipped
    Reason(
        "failed_earlier", "skipped", "an earlier command failed at the record", "that command again, on this record"
    ),
    Reason("bad_line", "skipped", "a line that is no record (--on-error skip)", "mend the line"),
    # exports
    Reason(
        "unrevised",
        "export",
        "no usable revision: the critiques accept the answer, or nothing usable came of them",
        "other principles, more --rounds, --always-revise",
    ),
    Reason("identical_texts", "export", "both texts say the same", "nothing; or drop the principle"),
    Reason("too_similar", "export", "the texts differ too little", "loosen --max-similarity or --min-change"),
    Reason("duplicate_pair", "export", "the record gave the same pair before"),
    Reason("contradicted_pair", "export", "one pair prefers what another pair rejects", "another --pairing"),
    Reason("duplicate_text", "export", "the text has its row already (trl-kto)"),
    Reason(
        "on_both_sides",
        "export",
        "the better text of one pair and the worse of another (trl-kto)",
        "--pairing first-last",
    ),
    Reason("unlabeled", "export", "no judge compared the texts", "`caigen label` first"),
    Reason("undecided", "export", "the judge compared the texts and did not decide", "a stronger --judge-model"),
    Reason("judge_disagrees", "export", "the judge prefers the other text", "read some; other principles"),
    Reason("low_margin", "export", "the margin is below --min-margin", "loosen --min-margin"),
    Reason("text_unusable", "export", "it was compared, but is broken off or flagged"),
    Reason("unscored", "export", "fewer than two texts with a comparable reward", "`caigen score` first"),
    Reason("equal_rewards", "export", "no text has a clearly higher reward than another"),
    Reason(
        "not_criticised", "export", "no critique speaks of the answer", "`caigen critique` or `caigen revise` first"
    ),
    Reason("never_revised", "export", "it was never revised, and --only-revised leaves it out"),
    Reason(
        "critique_unusable",
        "export",
        "a critique of it cannot be used, so nobody knows whether it complies",
        "another --critic-model",
    ),
    Reason("revision_unusable", "export", "what its critiques asked for came out unusable", _READ_SOME),
    Reason("no_critique", "export", "nobody criticised the text", "`caigen critique` first"),
    Reason(
        "unknown_principle",
        "export",
        "the constitution has no such principle",
        "name the right one with --constitution",
    ),
    Reason("duplicate_prompt", "export", "the prompt came before"),
    Reason("evaluation_prompt", "export", "the prompt is in an evaluation set (--decontaminate)"),
    Reason("plain_text", "export", "the trainer takes no plain text", "--to trl"),
    Reason("out_of_turn", "export", "the trainer would drop the conversation: its turns do not alternate", "--to trl"),
    Reason("nothing_to_export", "export", "the record is a prompt alone", "`caigen run` or `caigen revise` first"),
    # token labels
    Reason("unclear_verdict", "labels", "the critique says neither yes nor no", "critiques as JSON, not --plain"),
    Reason("no_span", "labels", "the critique faults the text and quotes nothing of it"),
    Reason("span_mismatch", "labels", "the offsets of a quote do not hold its words"),
    Reason("wide_span", "labels", "a quote of more than 60 % of the text; its tokens have no label"),
    Reason("span_without_token", "labels", "a quote of white space, or of characters that the tokenizer leaves out"),
    Reason("template_refused", "labels", "the chat template does not take the conversation", "another --tokenizer"),
    Reason(
        "template_changed_text",
        "labels",
        "the chat template writes the conversation otherwise than it stands",
        "another --tokenizer",
    ),
    Reason("empty_text", "labels", "the text is empty"),
)
