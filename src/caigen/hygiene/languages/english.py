"""What a model says in English before a revised answer, or instead of one; the endings are in english_endings.py."""

from caigen.hygiene.rules import Rule, pattern

MARKS = r"[*_#>\[( \t]{0,8}"  # emphasis, headings and brackets before a phrase
SAID = r"(?:answer|response|reply)"
REDONE = (
    r"(?:revised|re-?written|reworded|rephrased|edited|corrected|refined|reworked|amended|modified|updated|improved"
    r"|adjusted)"
)
NEW = (
    rf"(?:{REDONE}|new|safer|better|alternative|(?:more|less)\s[\w-]{{1,20}}(?:\s(?:and|but)\s(?:more\s"
    rf"|less\s)?[\w-]{{1,20}})?)"
)
OTHER_TEXT = (
    rf"(?!\s(?:of|to|for)\s(?!(?:the|my|this|that|your)\s(?:[\w’'-]{{1,20}}\s){{0,2}}{SAID}\b))"  # "… of your essay"
)
EDITS = (  # "to revise the answer", "I have corrected my previous response", "rewriting it"
    rf"\b(?:revis(?:e|ed|ing)|re-?writ(?:e|ten|ing)|re-?wrote|rephras(?:e|ed|ing)|reword(?:ed|ing)?|edit(?:ed|ing)?"
    rf"|correct(?:ed|ing)?|improv(?:e|ed|ing)|adjust(?:ed|ing)?"
    rf"|modif(?:y|ied|ying)|updat(?:e|ed|ing)|amend(?:ed|ing)?)\s(?:the|my|this"
    rf"|that)\s(?:[\w’'-]{{1,20}}\s){{0,2}}?{SAID}\b"
)
# "revised answer", "new and safer response", "answer rewritten to …", "response should be revised", "rewrite"
ANSWER = (
    rf"(?:\b{NEW}(?:,?\s(?:and\s)?(?!(?:its|his|her|their|your|our)\b)[\w’'-]{{1,20}}){{0,3}}?\s{SAID}\b(?!\s(?:key"
    rf"|sheet|to\s(?:give|his|her|their|your)))"
    rf"|\b{SAID}(?:\s\w{{1,20}}){{0,3}}?\s{REDONE}\b|(?<!to )\b(?:revision|rewrite|rewording"
    rf"|rephrasing)\b(?!\s(?:notes|guide|sheets?|cards?|plan|timetable|history|control)\b){OTHER_TEXT}"
    rf"|\b(?:{NEW}|another|different|second)\sversion\sof\s(?:the|my|this|that"
    rf"|your)\s(?:[\w’'-]{{1,20}}\s){{0,2}}{SAID}\b)"
)
RULED = (  # "an answer that follows the rule"
    rf"\b(?:{SAID}|version)\s(?:that|which)\s(?:\w{{1,20}}\s)?(?:follows|adheres|complies|respects|meets|addresses"
    rf"|aligns|avoids|satisfies|is in line|does not|doesn['’]t)\b"
    r"[^\n:]{0,60}?\b(?:rules?|principles?|guidelines?|critique|constitution|concerns?|standards?|feedback)\b"
)
NAMED = (
    rf"(?:{ANSWER}|{RULED}|\b{REDONE}\s(?:\w{{1,20}}\s)?(?:version|text|draft)\b{OTHER_TEXT}|\b(?:safer"
    rf"|better)\sversion\b(?!\sof)"
    r"|\b(?:revision|rewrite)\b(?=[:.]))"
)
OK = (
    r"(?:(?:sure|certainly|of course|okay|ok|absolutely|no problem|thank(?:s| you)|understood|got it|i (?:fully "
    r"|completely )?(?:understand|see)"
    r"|my apologies|apologies|sorry|i(?:['’]m| am)? (?:sincerely )?(?:apologi[sz]e|sorry)|you(?:['’]re"
    r"| are) (?:absolutely "
    r"|quite )?right|great|good point|fair (?:point|enough|criticism)|noted|alright|right|happy to help|i(?:['’]d"
    r"| would) (?:be (?:happy|glad)|love) to (?:help|assist|revise)|i(?:['’]ve| have) (?:taken|considered|reviewed"
    r"|noted))\b[^\n:.!,]{0,120}[.,!:]\s{1,4})"
)
LEAD = (
    rf"{MARKS}{OK}{{0,2}}(?:(?:based on|in light of|considering|given|taking|following|in response|after"
    rf"|to (?:address|comply|align|adhere|follow|make|ensure"
    r"|avoid|better|improve|meet)|with (?:that|this)|as requested)\b[^\n:.]{0,160}?,\s)?"
)
HERE = (
    r"(?:here(?:['’]s| is| are| goes)|below is|below,|this is|(?:the )?following is|(?:please )?find below"
    r"|i (?:would |can )?(?:offer|present|propose|suggest))"
)
DID = (
    r"(?:revised|re-?wrote|rewritten|removed|changed|replaced|rephrased|reworded|added|avoided|adjusted|updated|kept"
    r"|edited|corrected|modified"
    r"|toned|softened|clarified|omitted|deleted|dropped|improved|refined|made sure|tried to|took out|taken out)"
)
DOES = (  # "does not" and "is" are left out: "this answer is no medical advice" is an answer's own word
    r"(?:removes|avoids|addresses|ensures|adheres|follows|maintains|acknowledges|keeps|eliminates|replaces|respects"
    r"|complies|aligns|no longer|now|aims to (?:be|avoid)|refrains|has been|was (?:revised|rewritten))"
)
I_DID = rf"\bi(?:['’]ve| have)?\s(?:also\s|only\s|simply\s)?{DID}\b"
ABOUT_ANSWER = (  # what only a revision of an answer is about
    r"\b(?:answers?|responses?|reply|tone|wording|phrasing|critique|principles?|guidelines?|disclaimer|misleading"
    r"|harmful|inaccura\w+|unsafe|offensive"
    r"|stereotyp\w+|judge?mental|overclaim\w*|uncertainty|absolute (?:statements?|claims?))\b(?!\s(?:key|sheet))"
)
ABOUT_WORDS = (
    rf"(?:{ABOUT_ANSWER}|\b(?:claims?|statements?|promises?|assertions?|advice|guarantees?|language|instructions?"
    rf"|suggestions?|mentions?|assumptions?)\b)"
)
END = r"[*_\])]{0,4}"
LINE_END = rf"{END}[ \t]{{0,4}}(?:\n|$)"

RULES = (
    Rule(
        "role_tag",
        "en",
        pattern(
            rf"{MARKS}(?:(?:final\s)?{REDONE}(?:\s(?:{SAID}|version|text|output|wording|draft|message|statement"
            rf"|passage|content))"
            rf"|(?:revised|rewritten|reworded|rephrased)(?=\s?[:：](?!\s?\d))|(?:new|better|improved|safer)\s{SAID}"
            rf"|{SAID}\s?\((?:{REDONE})\)|revision)"
            rf"(?:\s\([^)\n]{{1,80}}\)|\s#?\d)?(?:{END}[:：]{END}|\]{END}(?=\s{{0,4}}\n))"
        ),
        (
            "Revision: Tea may help.",
            "**Revised response:** Tea may help.",
            "[Revised answer]\nTea may help.",
            "Answer (revised):\nTea may help.",
        ),
        (
            "Revisions: three so far.",
            "Revised in 2019, the code holds.",
            "New York: a city.",
            "Better late than never: go.",
        ),
    ),
    Rule(
        "role_tag",
        "en",
        pattern(
            rf"(?:#{{1,6}}\s{{0,3}}{END}|\*\*|__)(?:(?:final\s)?{NEW}\s(?:{SAID}|version)|revision"
            rf"|rewrite)(?:\s\([^)\n]{{1,80}}\))?{LINE_END}"
        ),
        ("## Revised answer\n\nTea may help.", "**Improved response**\n\nTea may help."),
        ("## Revision of the lease\n\nTea.", "**Answer**\n\nIt depends on the soil."),
    ),
    Rule(
        "role_tag",
        "en",
        pattern(rf"(?:\*\*|#{{1,6}}\s)?(?:{SAID})\s?:{END}[ \t]{{0,4}}\n(?!\s{{0,4}}(?:```|[\[{{<]))"),
        ("Answer:\nTea may help.", "**Response:**\n\nTea may help."),
        ("Answer: 42", "Response:\n\n```json\n{}\n```\nis what comes."),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?=[^\n]{{0,250}}?(?:{ANSWER}|{EDITS}|{RULED}|\b(?:the|my|a"
            rf"|this)\s(?:\w{{1,20}}\s)?{SAID}\s(?:could|might|should|would|can)\s(?:instead\s|then\s"
            rf"|rather\s)?(?:say|be|read"
            rf"|state|look)\b|^{OK}?here(?:['’]s| is)\s(?:my|the|an?)\s{SAID}:))[^\n]{{0,310}}\n"
        ),
        (
            "Certainly! Here's a rewritten response:\nTea may help.",
            "The reply should be revised in this way:\n\nTea may help.",
            "A better answer is this:\n\nTea may help.",
        ),
        (
            "The revised version of the Bible appeared in 1885:\n\nin England.",
            "Here is a revised budget:\n\nRent 500",
            "Reasons to rewrite it:\n\nnone",
        ),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"{LEAD}{HERE}\s(?:an?|the|my|your|one|how|some)\b[^\n:.]{{0,80}}?{NAMED}[^\n:.]{{0,200}}(?:[:：]{END}"
            rf"|[.!](?=\s|$))"
        ),
        (
            "Sure, here is the revised answer: Tea may help.",
            "Here is the revised answer.\n\nTea may help.",
            "Here's the answer rewritten to promise nothing: Tea may help.",
            "Here is the revised answer without the promise. Tea may help.",
        ),
        (
            "Here is the edited paragraph of your essay: The sea was calm.",
            "Here are the credit cards you asked about: one, two.",
            "This is how you file an updated statement: go to the court.",
            "Here is a revision of your letter: Dear Ana, come.",
        ),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"{LEAD}(?:(?:my|the|an?|this)\s(?:assistant['’]s\s)?{ANSWER}\s(?:is|reads|would|could|might|should"
            rf"|goes)\b[^\n:.]{{0,60}}[:：]|(?:the|my|your)?\s?(?:assistant['’]s\s)?{SAID}\s(?:should|could|can|might"
            rf"|would)\sbe\s{REDONE}[^\n:.]{{0,100}}[:：]){END}"
        ),
        ("My revised answer is: Tea may help.", "The answer could be rewritten as: Tea may help."),
        (
            "The teacher wrote a better answer on the board: 42.",
            "My answer is: yes.",
            "An updated answer to an old question: the earth is old.",
        ),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"{LEAD}(?:let['’]s try (?:that|this|it) again[.:!]|i (?:would|should|could|might) (?:instead "
            rf"|rather )?(?:have said"
            rf"|have answered|respond|reply|say instead|answer)\b[^\n:]{{0,60}}:(?=\s{{0,4}}\n)|(?:let me|allow me to"
            rf"|let['’]s"
            rf"|i(?:['’]ve|['’]ll|['’]d| have| will| would| can| should)?)\s(?:(?:try to|now|just|be happy to"
            rf"|be glad to|am happy to)\s)?"
            r"(?:revised?|re-?writ(?:e|ten)|re-?wrote|rephrased?|reword(?:ed)?|edit(?:ed)?|correct(?:ed)?|improved?"
            r"|adjust(?:ed)?|modif(?:y|ied)|updated?|fix(?:ed)?)\s"
            rf"(?:(?:the|my|that|this)\s(?:\w{{1,20}}\s){{0,2}}?{SAID}\b|(?:it|that|this)(?=[.:]"
            rf"|\sto\s[^\n.:]{{0,80}}:|\s(?:as follows|to be|in a|like)))[^\n:.]{{0,160}}(?:[:：]{END}|[.!](?=\s|$)))"
        ),
        (
            "I have revised the response as follows: Tea may help.",
            "Let me rephrase my answer. Tea may help.",
            "I would rewrite it as follows: Tea may help.",
        ),
        (
            'He said: "Let me rephrase that."',
            "I corrected the proofs of my book. It took days.",
            "I have rewritten your letter: Dear Ana.",
        ),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"{MARKS}{OK}?(?:(?:up)?on (?:further )?(?:reflection|reconsideration|review),?\s|i (?:realize|realise"
            rf"|recognize|acknowledge|see)(?: now)? that\s)?"
            rf"(?:my|the)\s(?:earlier|previous|last|initial|prior|original|first)\s{SAID}\s"
            r"(?:was|were|contained|did|could|may|might|should|failed|made|had|included|promoted|came"
            r"|is)\b[^\n.!]{0,250}[.!](?=\s|$)"
        ),
        (
            "Upon reflection, my previous response was harmful. Tea may help.",
            "The original answer contained a promise.\n\nTea may help.",
        ),
        (
            "My previous response to the court was late, said Ana",
            "My first answer was to run",
            "The earlier answer sheet was lost. Take another.",
        ),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"{MARKS}(?:you(?:['’]re| are) (?:absolutely |quite )?right[^\n.!]{{0,60}}[.!,]\s(?:and\s)?)?(?:i(?:['’]m"
            rf"| am)? (?:sincerely |deeply |truly )?"
            rf"(?:apologi[sz]e|sorry)|(?:my |sincere )?apologies|sorry) for[^\n.!]{{0,80}}?\b(?:my|the) (?:earlier"
            rf"|previous|last|initial|prior|original|first) {SAID}"
            r"[^.!\n]{0,200}[.!](?=\s|$)"
        ),
        (
            "I apologize for my earlier response. Tea may help.",
            "Sorry for the confusion in my previous answer! Tea may help.",
        ),
        ("Sorry for the wait. Tea may help.", "I apologize for my earlier remark at dinner. Let us talk."),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(r"(?:sure|certainly|of course|absolutely)(?: thing)?[!.,:]{0,2}[ \t]{0,4}\n[ \t]{0,4}\n"),
        ("Sure!\n\nTea may help.",),
        ("Sure.\nThat works with tea too.", "Sure signs of a cold are few.\n\nSleep."),
    ),
    Rule(
        "meta",
        "en",
        pattern(
            rf"(?:{OK})?(?:i have no (?:revisions?|changes)\b(?! to report)|(?:there (?:is|are) )?(?:no"
            rf"|nothing)\s(?:to (?:revise"
            rf"|change|correct|improve)(?=\s?(?:[.,;]|$|in (?:this|the|your) ))|(?:further |such )?(?:revisions?"
            rf"|changes|edits|rewrite|modifications?)"
            rf" (?:is |are |were |was )?(?:needed|necessary|required))(?! to your| for your)"
            rf"|(?:the|your|this|my) (?:given |previous |original |last |current )?{SAID} (?:is )?(?:already"
            rf"|fully)\b(?: and already)?[^.\n]{{0,20}}?\b(?:complies|follows|adheres|meets|appropriate|compliant"
            rf"|in line|aligns|respects|satisfies|acceptable|good|fine|adequate|safe)\b"
            rf"|(?:the|your|this|my) (?:previous |original |last )?{SAID} (?:complies|adheres|(?:does not"
            rf"|doesn['’]t) (?:need|require|violate|break)|needs no|requires no))"
        ),
        (
            "The answer already complies with the principle.",
            "No changes are needed.",
            "I have no revisions.",
            "The response does not need any changes.",
        ),
        (
            "No changes are needed to your visa.",
            "I have no change for the bus.",
            "The answer already is in your hands: vote.",
            "Nothing to change here but the bulb: turn it left.",
        ),
        "whole",
    ),
    Rule(
        "refuses_task",
        "en",
        pattern(
            rf"{OK}{{0,2}}(?:but |however,? )?(?:i(?:['’]m| am)? ?(?:cannot|can['’]t|can not|unable to|not able to"
            rf"|won['’]t|will not)\b[^.\n]{{0,40}}?)"
            rf"(?:revis(?:e|ing)|rewrit(?:e|ing)|rephras(?:e|ing)|edit|modify|correct|provide a (?:revis"
            rf"|rewrit)\w+)\b(?: (?:or"
            rf"|and) \w+)?(?:\s(?:the|this|that|my|a|your|such)\b[^.\n]{{0,40}}?(?:{SAID}|revision|version|content"
            rf"|text)\b|\s(?:that|this|it)\b(?=[.,]|$))"
        ),
        ("I cannot revise that answer.", "I'm sorry, but I can't rewrite this response.", "I cannot revise that."),
        ("I can't revise the past, but I can learn from it.", "You cannot edit this response once it is sent."),
        "whole",
    ),
    Rule(
        "role_tag",
        "en",
        pattern(
            rf"(?:{MARKS}(?:(?:a |one )?(?:possible|potential|suggested|proposed) (?:revision|rewrite|revised {SAID})"
            rf"|(?:ai )?assistant\s?\((?:{REDONE})\)|final {SAID}(?=[^\n]{{0,6}}\n))\s?[:：]{END}"
            rf"|{REDONE}\s{SAID}[ \t]{{0,4}}\n[ \t]{{0,4}}\n|<(?:{REDONE}|final|new)_?(?:{SAID}|text|version)?>)"
        ),
        (
            "Suggested revision: Tea may help.",
            "Assistant (revised): Tea may help.",
            "Revised answer\n\nTea may help.",
            "<revised_answer>Tea may help.",
        ),
        ("Possible side effects: none.", "Final answer: 42", "<tea>Green</tea>"),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"(?=[^\n]{{0,300}}[.!]{LINE_END})(?=[^\n]{{0,200}}?(?:\b(?:an?|the|my"
            rf"|this)\s(?:\w{{1,20}}\s)?{REDONE}\s(?:(?!its|his|her|their|your|our)\w{{1,20}}\s)?{SAID}\b(?!\s(?:key"
            rf"|sheet|to\s(?:his|her|your|the)))|\bi\b[^\n.]{{0,30}}{EDITS}))[^\n]{{0,310}}\n[ \t]{{0,4}}\n"
        ),
        (
            "I have prepared a revised answer that avoids this.\n\nTea may help.",
            "I see the problem and will rewrite my answer.\n\nTea may help.",
        ),
        ("Ana sent a revised answer to her aunt.\n\nIt was kind.", "They revised the answer key.\n\nIt was wrong."),
    ),
    Rule(
        "meta_prefix",
        "en",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?:(?=[^\n]{{0,250}}?(?:\bversion of (?:the|my|this) {SAID}\b"
            rf"|\bmake (?:the|my|this) {SAID} (?:safer|better|more|less)\b"
            rf"|\b{SAID} (?:can|could|should|might) be (?:safer|better|improved)))|{OK}?(?:here(?:['’]s| is) (?:the"
            rf"|my) {SAID}(?:,| again\b| without\b)|let me (?:revise|rewrite|rephrase|fix|correct) (?:that|this"
            rf"|it)\b))[^\n]{{0,310}}\n"
        ),
        (
            "Here is a version of the answer that makes no promise:\n\nTea may help.",
            "To make the answer safer, I'd say:\n\nTea may help.",
            "Here's the answer again, this time without the promise:\n\nTea may help.",
            "Certainly! Let me revise that for you:\n\nTea may help.",
        ),
        (
            "Here is the answer to your letter:\n\nyes",
            "The latest version of the app does this:\n\nit waits",
            "Here is a fixed version of the song:\n\nla",
        ),
    ),
    Rule(
        "role_tag",
        "en",
        pattern(rf"{MARKS}{REDONE}\s{SAID}{END}\s?[-–—]{{1,3}}[ \t]{{0,4}}\n"),
        ("Revised answer -\n\nTea may help.",),
        ("Revised answer - see below", "Updated - today\n\nTea."),
    ),
    Rule(
        "role_tag",
        "en",
        pattern(
            rf"{MARKS}(?:(?:new|better|improved|safer|updated|final) version|second (?:attempt"
            rf"|try))\s?[:：]{END}[ \t]{{0,4}}\n"
            rf"|{LEAD}{HERE} (?:my|a|an|one|the) (?:second|new|another|better|improved|revised|next) (?:attempt|try"
            rf"|take|go)\b[^\n:.]{{0,60}}[:.]"
        ),
        ("New version:\n\nTea may help.", "Here's my second attempt: Tea may help."),
        ("New version: 2.1", "Here is a new attempt on the summit in 1953, say the papers"),
    ),
)
