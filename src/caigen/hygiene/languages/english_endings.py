"""What a model says in English after a revised answer."""

from caigen.hygiene.languages.english import (
    ABOUT_ANSWER,
    ABOUT_WORDS,
    ANSWER,
    DID,
    DOES,
    END,
    I_DID,
    MARKS,
    NAMED,
    NEW,
    REDONE,
    SAID,
)
from caigen.hygiene.rules import Rule, pattern

# What notes under "Key changes" must speak of: a report of a product speaks of responses too, but not of this one.
NOTES_ON_ANSWER = (
    rf"(?:\b(?:the|this|my|original)\s(?:\w{{1,20}}\s)?{SAID}\b|\b(?:tone|wording|phrasing|critique|misleading"
    rf"|harmful|inaccura\w+|unsafe|offensive|stereotyp\w+"
    r"|judge?mental|overclaim\w*|uncertainty|absolute (?:statements?|claims?))\b)"
)

RULES = (
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:(?:please\s)?note|explanation|rationale|reasoning|p\.s\.|disclaimer|comment)\b.{{0,400}}?"
            rf"(?:{I_DID}.{{0,200}}?{ABOUT_WORDS}|\b(?:this|the|my|an?)\s{ANSWER}|\b(?:this|the"
            rf"|my)\s(?:above\s)?{SAID} (?:(?:has been|was|is now)\s{REDONE}|(?:avoids|removes|adheres|follows"
            rf"|refrains|complies|aligns|no longer|now)\b.{{0,120}}?{ABOUT_WORDS})"
            rf"|\b(?:original|previous|earlier|first)\s{SAID}\b(?!\s(?:key|sheet|to)))"
        ),
        (
            "Note: I removed the promise.",
            "(Note: The revised answer promises nothing.)",
            "Please note that this response has been revised.",
            "**Explanation:** the original answer promised a cure.",
        ),
        (
            "Note: I have kept the dose as your doctor wrote it.",
            "Note that the original message from your doctor is what counts.",
            "Note: the new version of the app shows the dose.",
            "Explanation: the original answer key of the exam had an error.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:[^.!?\n:,]{{0,60}},\s|(?:i )?(?:do )?hope (?:that )?)?(?:in )?(?:this|the"
            rf"|my)\s(?:(?:above\s)?{REDONE}\s(?:(?!its|his|her|their|your|our)\w{{1,20}}\s)?{SAID}\b(?!\s(?:key"
            rf"|sheet|to))"
            rf"|(?:{REDONE}\s(?:version|revision|rewrite)\b[:,\s]|(?:version|revision|rewrite|{SAID})\b(?:,?\s{I_DID}"
            rf"|\s(?:now\s)?{DOES}\b)).{{0,300}}?{ABOUT_WORDS})"
        ),
        (
            "This revised answer promises nothing.",
            "(This revision removes the promise.)",
            "In this revised version, I removed the promise.",
            "I hope this revised answer helps.",
            "The response now follows the principle.",
        ),
        (
            "This revision of the code was adopted in 2019 and applies to all new wiring.",
            "In this revision the tenant pays the water bill.",
            "This version avoids the quadratic search.",
            "In this updated version of the law, tenants get notice.",
            "The new law takes effect in July.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:i(?:['’]ve| have)?\s(?:also\s)?{DID}\b.{{0,160}}?\b(?:(?:the|my|this|original)\s{SAID}\b"
            rf"|{SAID}\s(?:to|so|and)\b|critique\b)|(?:{REDONE}) (?:to|for|in order to)\b.{{0,200}}?{ABOUT_WORDS}"
            rf"|by (?:making|removing|rephrasing|revising|doing|avoiding)\b.{{0,200}}?\bthe\s(?:{NEW}\s)?{SAID}\b)"
        ),
        (
            "I've removed the promise from the answer.",
            "I rewrote the response so that it promises nothing.",
            "(Edited to remove the false claim.)",
        ),
        (
            "I've changed the wording of it.",
            "I changed my mind about coffee and never looked back.",
            "I removed the old sentence from the contract, as your statement asked.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:[^.!?\n]{{0,80}}[.!]\s)?(?:(?:please )?(?:let me know|tell me)|feel free to|don['’]t hesitate"
            rf"|(?:would|do) you (?:like|want)|(?:shall|should) i|if you(?:['’]d| would)? (?:like|want|need|have)"
            rf"|is there anything)\b"
            r"(?!\sif any).{0,80}?\b(?:(?:any|further|more|other|additional|some)\s(?:\w{1,12}\s)?(?:changes|edits"
            r"|revisions?|adjustments|modifications|refinements)|adjustments"
            rf"|(?:revise|rewrite|refine|adjust|rephrase)\b[^.?!]{{0,30}}\b(?:{SAID}|it|this|further)"
            rf"|this (?:revision|rewrite|revised))\b"
            r"(?!\s(?:to|in|of|on)\s(?:your|his|her|their|the\s(?!answer|response|reply)))"
        ),
        (
            "Let me know if you would like further changes.",
            "Would you like me to make any other edits?",
            "Feel free to ask for more adjustments.",
        ),
        (
            "Let me know if any changes happen with your symptoms.",
            "Let me know if you have questions.",
            "Let me know if you need any changes to your booking.",
            "Let me know if you would like ideas for the colour.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"[*_ \-]{{0,8}}(?:{NAMED} ends here|[\[(<(](?:the )?(?:end|/)\s?(?:of )?(?:the |my |this )?(?:{NAMED}"
            rf"|revision"
            rf"|rewrite|{SAID})[\])>)]|end of (?:the |my )?(?:{NAMED}|revision|rewrite))[.!]?{END}[ \-]{{0,8}}$"
        ),
        ("[End of revised answer]", "(End of the revision)"),
        ("[End of part one]", "(The end)"),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:here(?:['’]s| is| are) )?(?:(?:a |the |my )?(?:brief |short )?(?:summary|explanation|list"
            rf"|overview|breakdown|reasons?) (?:of|for) (?:the |my |this )?(?:changes?|revisions?|edits|rewrite)"
            rf"|(?:the )?(?:(?:key|main"
            rf"|specific) )?(?:changes|revisions|edits|modifications|improvements|adjustments)"
            rf"(?: (?:that )?i(?:['’]ve| have)?)? made|what(?: (?:i(?:['’]ve| have)?|has|was))? changed"
            rf"|why i (?:changed|revised|made|removed|rewrote)[^\n:]{{0,40}})\b[^\n:]{{0,60}}[:："
            rf"]?{END}[^\n]{{0,200}}?(?:\n.{{0,400}}?{ABOUT_WORDS}|\bi\b|{ABOUT_WORDS})"
        ),
        (
            "**Changes made:**\n- Removed the promise.",
            "Summary of changes: I removed the promise.",
            "### What I changed\n\n1. Softened the claim.",
        ),
        ("Changes made:\n- Added dark mode\n- Fixed a crash", "Summary of changes:\n- Sales rose by 4 %."),
        "notes",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:(?:key|main|notable|major)\s)?(?:changes|improvements|revisions|edits"
            rf"|differences)(?: in (?:this|the) [^\n:]{{1,40}})?{END}[:：]{END}[ \t]{{0,4}}\n"
            rf"(?:.{{0,500}}?{NOTES_ON_ANSWER}|\s{{0,4}}[-*•\d.) ]{{1,6}}\**{I_DID})"
        ),
        ("**Key changes:**\n- Removed the misleading promise.", "Improvements:\n\n1. The tone is kinder."),
        (
            "Key changes:\n- The notice period is 30 days.\n- The fee is capped.",
            "Changes:\n- Added a return value\n- Fixed the indentation",
        ),
        "notes",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:why (?:this|the|it)\b[^\n:]{{0,60}}\b(?:better|works|improve\w*|safer|changed?|revis\w+)"
            rf"|(?:rationale|reasoning|justification|explanation)"
            rf"(?: (?:for|of|behind) (?:the|this|my) (?:revision|changes?"
            rf"|revised {SAID}))?)\b[^\n:]{{0,40}}[:：?]{{0,2}}{END}"
            rf".{{0,500}}?(?:\b(?:no longer|instead of|rather than|without) "
            rf"(?:\w{{1,20}}\s){{0,3}}?\w{{0,12}}(?:promis|claim|stat|judg|assum|suggest|overstat|exaggerat)\w*"
            rf"|{I_DID}[^\n]{{0,80}}?{ABOUT_WORDS}|\b(?:{ANSWER}|(?:original|previous|first)\s{SAID})\b(?!\skey)"
            rf"|\bthe (?:principle|critique)\b|\bthis {SAID}\b)"
        ),
        (
            "**Why this is better:** It no longer makes a promise.",
            "Rationale for the revision:\n\nThis answer follows the rule.",
            "**Explanation:**\n\nThe revised answer promises nothing.",
        ),
        (
            "**Why this is better:** wet cotton stays cold for hours.",
            "Explanation: water boils at a lower temperature on a mountain.",
        ),
        "notes",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"(?=.{{0,150}}?\b(?:this|the|my|above)\s(?:(?!only"
            rf"|correctly)\w{{1,20}}\s)?{REDONE}\s(?:(?!its|his|her|their|your|our)\w{{1,20}}\s)?{SAID}\b(?!\s(?:key"
            rf"|sheet|to\s(?:his|her|your|the)|by\s))).{{0,600}}$"
        ),
        (
            "Does this revised answer meet your needs?",
            "Overall, the improved response is kinder.",
            "I believe that the rewritten answer is safer.",
        ),
        ("Hand in your revised answer by Friday.", "The corrected answer key is on page 9."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:(?:[^.!?\n:,]{{0,60}},\s|here,? |note that )?i(?:['’]ve| have)?\s(?:also\s)?(?:removed"
            rf"|avoided|softened|deleted|omitted|toned down|took out|taken out|left out|eliminated|reframed)\b"
            rf"[^\n.]{{0,80}}?\b(?:claims?|promises?|assertions?|misleading|harmful|offensive|judge?mental|overclaim\w*"
            rf"|stereotyp\w+|exaggerat\w+|absolute|disclaimer)\b"
            rf"|i(?:['’]ve| have)? (?:aimed|tried|attempted|made sure|ensured)\b[^\n]{{0,120}}?\b(?:(?:the|my"
            rf"|this) {SAID}|the (?:tone|wording))\b"
            rf"|(?:i )?hope (?:that )?(?:this|the|my) (?:{REDONE} version|revision|rewrite)\b(?!\sof)"
            rf"|(?:i )?hope (?:that )?this (?:is|version is|one is) (?:better|an improvement"
            rf"|more \w+)(?: now)?[.!]?{END}$"
            rf"|(?:this|the|my) (?:above |final |given )?{SAID} (?:(?:has|have) been |was "
            rf"|is now )(?:\w{{1,20}} )?{REDONE}"
            rf"|this {SAID} (?:(?:is|sounds|feels) (?:now )?(?:more|better|safer|less|kinder)|is now (?:more|in line"
            rf"|consistent|free|compliant|better|less|safer|fully|aligned))\b"
            rf"|(?:[^.!?\n:,]{{0,60}},\s)?(?:these|the|my) (?:changes|edits|revisions|adjustments)\b(?:\s(?:i|that i"
            rf"|we)(?:['’]ve| have)? made| made)?\s(?:make|ensure|help|keep|address|are|were|aim|include|remove"
            rf"|bring)\b[^\n]{{0,200}}?{ABOUT_WORDS}|i(?:['’]ve| have)? made (?:the following|these|some|several"
            rf"|a few) (?:changes|edits|revisions|adjustments)\b(?!\s(?:to|in) (?:your|his|her|their))"
            rf"|(?:[^.!?\n:,]{{0,60}},\s)?(?:this|the) (?:revision|rewrite"
            rf"|rewording)\b(?!\sof)[^\n]{{0,200}}?{ABOUT_ANSWER}"
            rf"|(?:this|it) (?:now )?(?:complies|adheres|conforms|aligns) (?:with|to)\b[^\n]{{0,80}}?\b(?:principle"
            rf"|rule|guideline|critique|constitution)"
            rf"|(?:is|does|would|how(?:['’]s| is| does)) (?:this|that|the) (?:new )?(?:revision|rewrite"
            rf"|{REDONE} version)\b[^\n]{{0,80}}\?"
            rf"|{REDONE} (?:as requested|accordingly|as (?:you )?suggested)\b|{REDONE} (?:to|for|in order to"
            rf"|according to|per"
            rf"|based on|following)\b[^\n]{{0,120}}?\b(?:principle|rule|guideline|critique|constitution)s?\b"
            rf"|(?:final )?verdict\s?[:：]{END}\s?(?:complies|violates|unclear)|severity\s?[:：]{END}\s?\d"
            rf"|(?:principles?|rules?|guidelines?) (?:applied|followed|addressed|met)\s?[:：]|</?(?:{REDONE}|final"
            rf"|new)_?(?:{SAID}|text|version)?>)"
        ),
        (
            "I removed the claim, as it's not accurate.",
            "(I avoided any judgmental words.)",
            "I hope this is better.",
            "This answer has been rewritten.",
            "This response is more respectful.",
            "Is this revision okay?",
            "Verdict: complies",
            "</revised_answer>",
            "These changes make the answer more accurate.",
            "I've made the following changes:\n- removed the claim",
            "Overall, this revision is less misleading.",
            "Revised as requested.",
            "This now complies with the rule.",
        ),
        (
            "I removed the splinter with a needle.",
            "This answer is no medical advice.",
            "This response does not replace advice from a doctor.",
            "I hope this is useful.",
            "Verdict: not guilty",
            "These changes take effect in July.",
            "I've made the following changes to your itinerary: one.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:changes?|changed|edits?|edited|modified|modifications?|improvements?|improved"
            rf"|(?:a )?note on the (?:revision|changes?)|about (?:the|this) (?:revision"
            rf"|changes?))\s?[:：]{END}\s{{1,4}}[-*•]{{0,2}}\s{{0,2}}\**"
            rf"(?:[^\n]{{0,60}}?\b{DID}\b[^\n]{{0,60}}?(?:{ABOUT_ANSWER}|\b(?:false|unsupported|unproven|absolute"
            rf"|exaggerated|claim|promise)\b)|the {SAID} (?:is now|now|no longer)\b)"
        ),
        (
            "(Changes: removed the false claim.)",
            "Edits:\n- removed a misleading promise",
            "**Improvements:** the answer is now honest.",
        ),
        ("Changes:\n- Removed the personal guarantee", "Edited: Ana Ruiz", "Changes:\n- Fixed the indentation"),
        "notes",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:(?:the|any|all)\s[^\n.]{{0,40}}?\b(?:claims?|promises?|statements?|assertions?|wording"
            rf"|language|instructions?|advice)\b[^\n.]{{0,60}}?\b(?:has|have|was|were) (?:been )?{DID}\b"
            r"[^\n.]{0,80}?\b(?:principle|rule|guideline|critique)s?\b|this addresses the (?:critique|feedback"
            r"|concerns?)\b|that(?:['’]s| is) (?:the|my) (?:revised|rewritten|improved|updated) )"
        ),
        (
            "The claim has been removed to comply with the rule.",
            "This addresses the critique.",
            "That's the revised answer.",
        ),
        ("The claim was paid in full.", "The wording of the rule was changed in 1990."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:why (?:this|it)(?:['’]s| is| version is| {SAID} is) better\s?[:："
            rf"]?{END}[^\n]{{0,300}}?{ABOUT_WORDS}"
            rf"|(?:i |we )?(?:hope|trust|believe|think) (?:that )?(?:this|the|my) (?:new |latest )?(?:revision|rewrite"
            rf"|{REDONE} \w{{1,12}})\b(?!\sof\s(?:the|your)\s(?!{SAID})))"
        ),
        (
            "**Why this is better:** it avoids absolute claims.",
            "I hope this revision meets your expectations.",
            "I believe this revised text is right.",
        ),
        (
            "Why it's better: it supports the spine.",
            "I hope this revision of the law passes.",
            "I think this is right.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "en",
        pattern(
            rf"{MARKS}(?:[^.!?\n:,]{{1,60}},\s(?:i|we)(?:['’]ve| have)?\s(?:also\s)?{DID}\b[^\n]{{0,120}}?\b(?:the|my"
            rf"|this|original)\s{SAID}\b"
            rf"|[^.!?\n]{{0,80}}?\b(?:anything|something) (?:else )?(?:that )?(?:you(?:['’]d| would) like|you want"
            rf"|i should) (?:me )?(?:to )?(?:change|revise|adjust|edit|rewrite)\b(?!\sin\s(?:your|the))"
            rf"|(?:the|this|my) revision (?:focuses|removes|avoids|keeps|makes|ensures|aims|addresses|clarifies"
            rf"|emphasi[sz]es|maintains|eliminates|now)\b)"
        ),
        (
            "In summary, I revised the answer.",
            "Let me know if there's anything else you'd like me to change!",
            "The revision focuses on what is known.",
        ),
        (
            "The revision is due in May.",
            "The revision of the law keeps the old fine.",
            "Tell me if there is anything you want to eat.",
        ),
        "ending",
    ),
)
