"""What a model says in English around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_ANSWER = (
    r"(?<!his )(?<!her )(?<!their )(?<!its )(?<!your )(?<!['’]s )(?:answer(?:ed|ing)?|response|reply|(?<=I would )respond"
    r"|(?<=I['’]d )respond|(?<=I will )respond)(?!\s(?:key|sheet|form|time|rate|choice|to (?:his|her|their|an?|the|this)))"
)
_VERSION = r"(?:version|revision|rewrite|rewording|rephrasing|draft|take|attempt)(?!\s(?:of|control|to|number)\b)"
_REVISED = (
    r"(?:re-?(?:writing|vising|phrasing|vised|written|worded|phrased|worked|fined|done|drafted|framed|stated|cast)|corrected|improved|updated"
    r"|amended|adjusted"
    r"|modified|edited|reformulated|fixed|softened|cleaned[ -]up|toned[ -]down|polished|enhanced|compliant)"
)
_REDONE = (
    rf"(?:{_REVISED}|safer|better|kinder|gentler|fairer|(?:more|less) (?!than|ideas|examples|tips|ways|things|info\w*|details?"
    rf"|questions|options|facts|suggestions|steps|reasons|about)\w{{4,20}}|new|alternative)"
)
LEXICON = Lexicon(
    "en",
    kinds(
        answer=rf"{_ANSWER}|assistant['’]s (?:answer|response|reply)",
        version=_VERSION,
        this=rf"(?:(?:this|my)\s(?:(?:above|new|final|{_REDONE})\s){{0,2}}|the (?:above|new|final|{_REDONE})\s)(?:{_VERSION}|(?:answer|response"
        rf"|reply)(?!\s(?:key|sheet|to)))|the (?:revision|rewrite)\b(?! of)|(?:the|these) changes (?:I|made)",
        before=r"(?<=for )my (?:words|wording|tone|suggestion|advice|comments?|remarks?|language)(?! was)|(?:my (?:very )?(?:first|last)"
        r"|(?<!['’]s )(?<!his )(?<!her )(?<!their )(?:previous|earlier|original|initial|prior|old|former))\s(?:\w{1,20}\s)?(?:answer|response"
        r"|reply|version|attempt|draft|wording|take)|what I (?:wrote|said|answered)|(?:said|wrote|put|stated|overstated"
        r"|answered)\b[^.\n]{0,20}\b(?:earlier|before|above|previously)",
        redone=_REDONE,
        revised=_REVISED,
        label_word=rf"(?:{_REVISED}|revision|rewrite)(?<!updated)(?<!fixed)(?<!compliant)",
        changes=r"(?:these|the|my) (?:changes|edits|adjustments|revisions|modifications|tweaks)",
        suits=r"address(?:es)?|reflects|in (?:line|keeping|accordance) with|compl(?:y|ies|iant)|adheres?|conforms?|follows?|meets?|respects?"
        r"|consistent with|aligns?|satisf\w+|honou?rs?",
        did=r"I (?:did not|didn['’]t|have not|haven['’]t) (?:include|keep|kept|repeat|retain|carry over|included|repeated|retained)|I(?:['’]ll"
        r"| will) (?:now )?(?:re(?:vise|write|phrase|work|move|place|fine|do|frame|state)|change|correct|improve|update|amend|adjust|soften|drop"
        r"|cut|omit|avoid|add|clarify|fix)|(?:I(?:['’]ve| have)?\s(?:(?:also|now|only|just|simply|therefore|carefully|since|then"
        r"|gone ahead and)\s)?|(?:has|have) been |was |were |^[\s*_(\[>•-]{0,6})"
        r"(?:re-?(?:vised|wrote|written|worded|phrased|worked|moved|placed|fined|done|did|framed|stated|cast)|changed|corrected|improved|updated|amended"
        r"|adjusted|modified|edited|softened|toned|dropped|took|taken|cut|deleted|omitted|avoided|eliminated|swapped|added|clarified|fixed"
        r"|stripped|left out|trimmed|hedged|qualified|reframed|scrubbed|inserted|incorporated|tightened|simplified|included|shortened|cleaned"
        r"|balanced|neutrali[sz]ed)",
        critic=r"critiques?|criticisms?|critic|feedback|principles?|guidelines?|(?:point|issue|problem|concern)s? (?:you )?raised|your (?:comments"
        r"|concerns|remarks|suggestions|points)",
        asked=r"critiques?|criticisms?|critic|feedback|principles?|guidelines?|constitution|as (?:you )?(?:requested|instructed|asked|suggested)"
        r"|requested|instructions"
        r"|(?:your|the) (?:comments?|notes?|suggestions?|remarks?|concerns?|points?|observations?|input|request|requirements?|rules?|standards?"
        r"|criteria)|concerns|(?:point|issue|problem)s? (?:you )?raised|identified",
        fault=r"sham(?:es?|ing)|blam(?:es?|ing)|accus\w+|(?:the )?facts|promises|hateful|sexist|racist|sensational\w*|alarmist|profan\w+|slurs?"
        r"|sarcas\w+|inclusive|supportive|compassionate|factual\w*|accura\w+|(?<!to be )honest\w*|caveats?|unverif\w+|endors\w+|diagnos\w+"
        r"|harm(?:ful|less|s)?|mis(?:leading|information)|un(?:safe|supported|founded|verified|certain|kind|helpful|necessary|ethical)|dangerous"
        r"|risky|false|in(?:accura\w+|correct|appropriate|sensitive|sulting|sults?)|offen\w+"
        r"|judge?mental|judg\w+|claims?|promises?|(?:tone|wording|phrasing|language)(?! of (?!the answer|my|this|it$))|neutral|respectful"
        r"|cautious|balanced|disclaimers?|biase?s?d?|stereotyp\w+"
        r"|generali[sz]ations?|exaggerat\w+|over\w*(?:claim|stat|confiden)\w*|certainty|absolute|dismissive|toxic|problematic|disrespectful"
        r"|condescending|hostile|rude|aggressive|illegal|hedged|discriminat\w+|assumptions?|careless|reckless|irresponsible|insensitive"
        r"|moraliz\w+|preachy|(?:bad|harmful|legal) advice|warnings?|empath\w+",
        part=r"parts?|bits?|passages?|portions?|sections?|statements?|claims?|remarks?|content|suggestions?|elements?|advice|details?|lines?|phras\w+"
        r"|wording|language|assertions?|stuff|things",
        without=r"without|minus|free of|removed|taken out|left out|gone|stripped(?: out)?|leaving out|omitting",
        again=r"second (?:answer|response)|(?:let['’]s|let me|I['’]ll|I will) (?:make (?:this|it|that)(?= (?:less|more|\w+er)\b)|(?:rework|rewrite|fix"
        r"|tone|rephrase|soften|revise)(?: (?:this|it|that))?)|try(?:ing)? (?:this |that |it )?(?:again|once more)|second (?:try|attempt|go)"
        r"|take two|(?:try|do|say|put|answer|phrase|start|go) (?:(?:that|this|it|over) )?(?:once )?(?:again|over|once more)|again|once more"
        r"|another (?:go|try|shot|attempt)|rephrase|redo|reword|one more time|let me (?:fix|correct|rewrite|revise|try)",
        mine=r"my|I(?:['’](?:ve|d|ll|m))?|me",
        points=r"here(?:['’]s| is| are| it|,)?|below|following|as follows|this is|this way|like (?:this|so)",
        would=r"(?:would|should|could|might) (?:(?:instead|rather|now|then) )?(?:be|read|say|go|look|sound)|instead",
        starts=r"sure(?: thing)?|certainly|of course|okay|ok|absolutely|understood|got it|thanks?|thank you|apologies|noted|alright|right|great"
        r"|no problem|good (?:point|catch)|fair (?:point|enough)|agreed|I (?:see|understand|agree|appreciate)|will do|yes|happy to|happily"
        r"|gladly|definitely|let['’]s",
        sorry=r"sorry|apologi[sz]e|apologies|regret|my (?:bad|mistake)|pardon",
        recants=r"I (?:should(?:n['’]t| not) have (?:said|suggested|claimed|implied|written|recommended|stated|encouraged|made|given)|was wrong to"
        r"|retract|take back|misspoke|overstated|went too far)[^.,;]{0,40}[.!:—]",
        right=r"(?:was|were)(?:n['’]t| not) (?:\w+ )?(?:acceptable|appropriate|helpful|okay|ok|right|good|safe|accurate|fair)|expressed (?:it|that"
        r"|myself) (?:badly|poorly)|you(?:['’]re| are) (?:\w+ )?(?:right|correct)|(?:good|fair|valid|great) (?:point|catch|enough|criticism"
        r"|concern|remark|question about my)|you (?:raise|make|have) an? (?:\w+ )?(?:point|concern)|thanks? (?:you )?for (?:pointing|catching"
        r"|flagging|the feedback|the critique|your feedback)|I (?:was|went|put it) (?:too|wrong)|I (?:now )?(?:see|reali[sz]e|recogni[sz]e"
        r"|acknowledge|admit|overstated|misspoke|retract|take back|should have|shouldn['’]t)|(?:was|were) (?:\w+ )?(?:wrong|careless|misleading"
        r"|harmful|inappropriate|inaccurate|unsafe|insensitive)|should not have|shouldn['’]t have",
        hope=r"hope|trust|believe|think|should now|I['’]m confident",
        fits=r"(?:meets?|fits?|addresse?s?|suits?|matche?s?|satisf\w+|complie?s?|aligns?|works? better|adheres?"
        r"|reflects?) (?!up)(?:\w+ ){0,3}(?:expectations?|requirements?|request|concerns?|criteria|standards?|guidelines?|feedback|principles?"
        r"|needs|critique)",
        text=rf"(?:the|this|my) {_REVISED} (?:text|wording|passage|message|content)",
        thinks=r"I(?:[’']m|[’']d)? (?:hope|think|believe|trust|feel|confident)(?: that)? (?:this|it|these)",
        prior=r"(?:the|my) (?:previous|earlier|original|first|old|prior) (?:one|version|answer|response|reply|draft)",
        it=r"this|that['’]s|that|it|it['’]s",
        asks=r"[^?]{0,300}\?(?=\W*$)",
        style=r"tone|wording|phrasing|word choice",
        now=r"(?:is|are|sounds?|reads?|feels?) now|now (?:is|sounds?|reads?|feels?)|has been|have been|was made",
        rest=r"(?:no|nothing) (?:other|further|else)[^.\n]{0,30}(?:changed?s?|edits|altered|modified)|(?:everything else|the rest|all else"
        r"|other content)[^.\n]{0,30}(?:unchanged|the same|intact|as it was|untouched)",
        took=r"incorporated|addressed|taken (?:into account|on board)|considered|applied|reflected|implemented|integrated|worked in|resolved|heeded",
        anything=r"(?:anything|something|everything) (?:else|more|further)|further|any other|any more|in any other way",
        milder=r"neutral|respectful|considerate|polite|cautious|factual|balanced|kinder|gentler|objective|softer|friendlier|calmer|less \w+|measured",
        tried=r"tried|aimed|sought|attempted|made sure|made an effort|worked",
        says=r"(?:say|put it|answer|phrase it)",
        here=r"here (?:it is|you go|it goes|goes)|here(?:['’]s| is) (?:it|that)",
        avoids=r"avoids?|removes?|no longer|without|stays?|remains?|keeps?|is|now|refrains?|eliminates?|maintains?|steers?|leaves?|drops?|ensures?"
        r"|provides?|offers?|uses?|acknowledges?|reduces?|does(?: not|n['’]t)",
        offer=r"let me know|would you like|do you want|want me to|shall i|should i|if you(?:['’]d| would)? (?:like|prefer|want|need)|(?:happy|glad) to"
        r"|feel free|don['’]t hesitate|please tell me|just (?:say|ask|tell)|i can (?:also )?",
        change=r"chang\w+|adjust\w*|tweak\w*|revis\w+|refin\w+|edit\w*|modif\w+|shorten|expand|improv\w+|rewrite|rephrase|soften|alter\w*|fine-tune|add"
        r"|polish",
        label=r"why (?:this|it)(?:['’]s| is) (?:an improvement|better|safer)|(?:revision|changes?|edits?) (?:summary|overview|log)|what (?:I|has|was"
        r"|I['’]ve|I have)\s?(?:been )?(?:changed|did|revised|different|removed)|what changed|what['’]s (?:changed|new|different)|(?:summary"
        r"|explanation|list|overview|description|reason\w*|rationale|note|notes|justification) (?:of|for|on|behind|about) (?:the |my |these "
        r"|this )?(?:\w+ )?(?:changes?|revisions?|edits?|modifications?)|(?:changes?|edits?|revisions?|modifications?|improvements?"
        r"|adjustments?)(?: (?:made|applied|I made|in this version|summary|notes?))?\s?:|why (?:this|the|I)[^:.\n]{0,30}?(?:version|revision"
        r"|rewrite|answer|response|changed|better)[^:.\n]{0,30}|(?:revision|change|editor['’]?s?) notes?",
        other=r"meeting|itinerary|playlist|menu|budget|e-?mails?|letters?|essays?|paragraphs?|poems?|stor(?:y|ies)|contracts?|leases?|laws?|bills?"
        r"|code|functions?|scripts?|recipes?|resume|cv|articles?|books?|reports?|section|clause|act|policy|edition|software|app|bible|song"
        r"|lyrics|slide|thesis|manuscript|proposal|constitution of|court|invoice|appointment|bookings?|order|(?:your|an|bank|user) account"
        r"|(?:your|an|the|delivery|home|mail) address|exam|quiz|students?|teacher|customers?|plaintiff|defendant|exception|query|server|api|http",
    ),
    leads=(
        "Below is my answer after addressing the critique.\n\n",
        "Okay, let me try that again: ",
        "You're right, my previous answer was careless. Here it is again, corrected:\n\n",
        "Sorry about that, my first answer was misleading. A safer version:\n\n",
        "## A better answer\n\n",
    ),
    remarks=(
        "I hope this version meets the requirements.",
        "What I changed: I took the dangerous advice out.",
        "The original answer was misleading, so I rewrote it.",
        "Shall I adjust anything else about this version?",
    ),
    spares=(
        "Here is a more polite version of your email:\n\nHi Tom.",
        "The answer is as follows: 42.",
        "Let's try tea. It is warm.",
        "What changed: the speed limit is 30 now.",
        "I removed the splinter with a needle.",
        "This version avoids the quadratic search.",
    ),
)
