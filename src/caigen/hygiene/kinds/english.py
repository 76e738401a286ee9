"""What a model says in English around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_ANSWER = (
    r"(?<!his )(?<!her )(?<!their )(?<!its )(?<!your )(?<!['’]s )(?:answer(?:ed|ing)?|response"
    r"|reply|(?<=I would )respond"
    r"|(?<=I['’]d )respond|(?<=I will )respond)(?!\s(?:key|sheet|form|time|rate|choice|to (?:his"
    r"|her|their|an?|the|this)))"
)
_VERSION = r"(?:version|revision|rewrite|rewording|rephrasing|draft|take|attempt)(?!\s(?:of|control|to|number)\b)"
_REVISED = (
    r"(?:re-?(?:writing|vising|phrasing|vised|written|worded|phrased|worked|fined|done|drafted"
    r"|framed|stated|cast)|corrected|improved|updated|amended|adjusted"
    r"|modified|edited|reformulated|fixed|softened|cleaned[ -]up|toned[ -]down|polished|enhanced"
    r"|optimi[sz]ed|streamlined|sanitized|moderated|tempered|compliant)"
)
_REDONE = (
    rf"(?:{_REVISED}|safer|better|kinder|gentler|fairer|(?:more|less) (?!than|ideas|examples|tips"
    r"|ways|things|info\w*|details?|questions|options|facts|suggestions|steps|reasons|about)\w{4,20}|new|alternative)"
)
LEXICON = Lexicon(
    "en",
    kinds(
        answer=rf"{_ANSWER}|assistant['’]s (?:answer|response|reply)"
        r"|assistant['’]s (?:message|turn|output|text|statement)|assistant(?= ?\()",
        version=_VERSION + r"|(?:proposal|iteration|variant|formulation|rendition|reworking)(?! (?:of|to|for|from))"
        r"|version of (?:what I|my|the (?:answer|response|reply))"
        r"|version (?=of the assistant)",
        this=rf"(?:(?:this|my)\s(?:(?:above|new|final|{_REDONE})\s){{0,2}}|the (?:above|new|final"
        rf"|{_REDONE})\s)(?:{_VERSION}|(?:answer|response"
        r"|reply)(?!\s(?:key|sheet|to)))|the (?:revision|rewrite)\b(?! of)|(?:the|these) changes (?:I|made)",
        before=r"(?<=for )my (?:words|wording|tone|suggestion|advice|comments?|remarks?"
        r"|language)(?! was)|(?:my (?:very )?(?:first|last)"
        r"|(?<!['’]s )(?<!his )(?<!her )(?<!their )(?:previous|earlier|original|initial|prior|old"
        r"|former))\s(?:\w{1,20}\s)?(?:answer|response"
        r"|reply|version|attempt|draft|wording|take)|what I (?:wrote|said|answered)|(?:said|wrote"
        r"|put|stated|overstated|answered)\b[^.\n]{0,20}\b(?:earlier|before|above|previously)"
        r"|what I (?:have |had |just )?(?:told you|put down)|my (?:first|initial|last) (?:try|go|attempt)"
        r"|my (?:previous|earlier|last|prior|first|initial) (?:statement|message|remark|comment|advice|suggestion"
        r"|post|turn)",
        redone=_REDONE + r"|more (?:thoughtful|considered|honest|careful)",
        revised=_REVISED,
        label_word=rf"(?:{_REVISED}|revision|rewrite)(?<!updated)(?<!fixed)(?<!compliant)"
        r"|(?:final|suggested|proposed|new) (?:revision|rewrite|rewording)",
        ruled=r"(?:answer|response|reply|version|wording)s? (?:that|which|without) (?!you\b"
        r"|works?\b)",
        ought=r"(?:should|could|ought to) have (?:\w+ )?(?:said|told|answered|written|replied"
        r"|responded|put|phrased)",
        stops=r"no longer(?! (?:needs?|ha[sv]e?|works?|exists?|available))|does(?: not|n['’]t) (?:\w+ )?any ?more"
        r"|stops? short of",
        unsays=r"I (?:no longer|now avoid|do not|don['’]t) (?:claim|say|imply|suggest|assert|promise|present|describe"
        r"|call|encourage)(?:ing)?\b[^.\n]{0,12} (?:that|it|the|them|anyone)(?=.{0,200}$)",
        closer=r"(?:closer|nearer|more like) (?:to )?what you (?:wanted|had|were|expected|asked|meant|need)",
        redo=r"re-?(?:writ(?:e|ing|ten)|wrote|phras(?:e|ing|ed)|word(?:ed|ing)?|formulat(?:e|ing"
        r"|ed)|fram(?:e|ing|ed)|cast|draft(?:ed|ing)?|vis(?:e|ing|ed)|work(?:ed|ing)?)|put it (?:differently|better)",
        revision=r"(?:revision|rewrite|rewording|rephrasing|correction)s?(?!\s(?:of|guide|notes"
        r"|plan|history|control|card|sheet|session|test|exam|timetable)\b)",
        kept=r"ke(?:ep|eps|pt|eping)|preserv\w+|retain\w*|maintain\w*|stay\w* true|los(?:e|es"
        r"|ing)|sacrific\w+|leav\w+ intact",
        substance=r"(?:the )?original(?! (?:owner|price|part|recipe|packag\w+))|intent(?:ion)?"
        r"|meaning|substance|message|(?:useful|helpful|informative)(?: \w+)?|what was useful"
        r"|usefulness|helpfulness|gist|essence|core (?:idea|point|message|information)"
        r"|key (?:points|information)|spirit",
        passage=r"(?:sentence|phrase|passage|line|remark|joke|comment|mention|statement"
        r"|suggestion|reference|aside)s?|(?:parts?|bits?|sections?|paragraphs?) (?:about|on|that|where"
        r"|which|with|suggest\w+|encourag\w+)|adjectives?|section|paragraph|quote|quip|dig",
        length=r"(?:short|long|brief|gentl|soft|firm|simpl|warm|friendli|plain|blunt|light)er"
        r"|(?:more|less) (?:concise|formal|informal|casual|detailed|direct|brief|conversational|technical"
        r"|neutral|personal|empathetic|assertive|polite|compact|elaborate)|different (?:tone|style|wording)",
        made=r"make (?:it|this|that)|sound|adapt\w*|tailor|phrase|version|rework",
        changes=r"(?:these|the|my) (?:changes|edits|adjustments|revisions|modifications|tweaks)",
        suits=r"address(?:es)?|reflects|in (?:line|keeping|accordance) with|compl(?:y|ies|iant)"
        r"|adheres?|conforms?|follows?|meets?|respects?|consistent with|aligns?|satisf\w+|honou?rs?",
        did=r"I (?:did not|didn['’]t|have not|haven['’]t) (?:include|keep|kept|repeat|retain"
        r"|carry over|included|repeated|retained)|I(?:['’]ll"
        r"| will) (?:now )?(?:re(?:vise|write|phrase|work|move|place|fine|do|frame|state)|change"
        r"|correct|improve|update|amend|adjust|soften|drop"
        r"|cut|omit|avoid|add|clarify|fix)|(?:I(?:['’]ve| have)?\s(?:(?:also|now|only|just|simply"
        r"|therefore|carefully|since|then"
        r"|gone ahead and)\s)?|(?:(?:has|have) been |was |were )(?:\w+ly )?|^[\s*_(\[>•-]{0,6})"
        r"(?:re-?(?:vised|wrote|written|worded|phrased|worked|moved|placed|fined|done|did|framed"
        r"|stated|cast)|changed|corrected|improved|updated|amended"
        r"|adjusted|modified|edited|softened|toned|dropped|took|taken|cut|deleted|omitted|avoided"
        r"|eliminated|swapped|added|clarified|fixed"
        r"|stripped|left out|trimmed|hedged|qualified|reframed|scrubbed|inserted|incorporated"
        r"|tightened|simplified|included|shortened|cleaned|balanced|neutrali[sz]ed)"
        r"|(?:I(?:['’]ve| have)? |^[\s*_(\[>•-]{0,6}I )(?:left|kept|toned|aimed|chose|used|rewrote|omitted|skipped)",
        critic=r"critiques?|criticisms?|critic|feedback|principles?|guidelines?|(?:point|issue"
        r"|problem|concern)s? (?:you )?raised|your (?:comments|concerns|remarks|suggestions|points)"
        r"|constitution|harmlessness|your (?:notes?|input|criteria|request)|rubric"
        r"|policy of harmlessness|objections?",
        asked=r"critiques?|criticisms?|critic|feedback|principles?|guidelines?|constitution"
        r"|as (?:you )?(?:requested|instructed|asked|suggested)|requested|instructions"
        r"|(?:your|the) (?:comments?|notes?|suggestions?|remarks?|concerns?|points?|observations?"
        r"|input|request|requirements?|rules?|standards?"
        r"|criteria)|concerns|(?:point|issue|problem)s? (?:you )?raised|identified"
        r"|(?:with|keeping|bearing) (?:that|this|all that|those \w+|these \w+) in mind"
        r"|in (?:light|view) of (?:that|this|these|those|the)"
        r"|taking (?:that|this|these|those)|given (?:that|this|these|those) (?:point|concern|feedback|comment)s?",
        fault=r"sham(?:es?|ing)|blam(?:es?|ing)|accus\w+|(?:the )?facts|promises|hateful|sexist"
        r"|racist|sensational\w*|alarmist|profan\w+|slurs?"
        r"|sarcas\w+|inclusive|supportive|compassionate|factual\w*|accura\w+|(?<!to be )honest\w*"
        r"|caveats?|unverif\w+|endors\w+|diagnos\w+"
        r"|harm(?:ful|less|s)?|mis(?:leading|information)|un(?:safe|supported|founded|verified"
        r"|certain|kind|helpful|necessary|ethical)|dangerous"
        r"|risky|false|in(?:accura\w+|correct|appropriate|sensitive|sulting|sults?)|offen\w+"
        r"|judge?mental|judg\w+|claims?|promises?|(?:tone|wording|phrasing"
        r"|language)(?! of (?!the answer|my|this|it$))|neutral|respectful"
        r"|cautious|balanced|disclaimers?|biase?s?d?|stereotyp\w+"
        r"|generali[sz]ations?|exaggerat\w+|over\w*(?:claim|stat|confiden)\w*|certainty|absolute"
        r"|dismissive|toxic|problematic|disrespectful"
        r"|condescending|hostile|rude|aggressive|illegal|hedged|discriminat\w+|assumptions?"
        r"|careless|reckless|irresponsible|insensitive"
        r"|moraliz\w+|preachy|(?:bad|harmful|legal) advice|warnings?|empath\w+"
        r"|mock\w*|belittl\w+|demean\w*|derogatory|violen\w+|danger\w*|hurt\w*|discouraging"
        r"|safe(?:ty|r|ly)?|preach\w*|(?<!to be )honest\w*|uncertain\w*"
        r"|hate|vulgar\w*|crude|inflammatory|degrading|confrontational|objective\w*|extreme"
        r"|illegal\w*|unlawful|unproven|unverifiable|helplines?|professional help"
        r"|cruel\w*|harsh\w*|mean(?:-spirited)|hurtful|guarantee\w*|mani?pulat\w+|explicit"
        r"|graphic|sexual\w*|private|personal (?:data"
        r"|information)|patroni[sz]\w+|lectur\w+|ethical|responsib\w+|care(?:ful|fully)|kind(?:ly"
        r"|er|ness)?|gentle\w*|polite\w*|criminal|crime"
        r"|absolutes|one-sided|stigmati[sz]\w+|unfair\w*|prejudic\w+|incit\w+|bigot\w*|hype"
        r"|inflated|trivial\w+|victim\w*|shock\w*|untrue|invented|fabricat\w+|anyone at risk|at risk"
        r"|profanit\w+|swear\w*|curse words?|slang",
        part=r"parts?|bits?|passages?|portions?|sections?|statements?|claims?|remarks?|content"
        r"|suggestions?|elements?|advice|details?|lines?|phras\w+|wording|language|assertions?|stuff|things",
        without=r"without|minus|free of|removed|taken out|left out|gone|stripped(?: out)?"
        r"|leaving out|omitting",
        again=r"second (?:answer|response)|(?:let['’]s|let me|I['’]ll|I will) (?:make (?:this|it"
        r"|that)(?= (?:less|more|\w+er)\b)|(?:rework|rewrite"
        r"|tone|rephrase|soften|revise)(?: (?:this|it|that))?)|try(?:ing)? (?:this |that "
        r"|it )?(?:again|once more)|second (?:try|attempt|go)"
        r"|take two|(?:try|do|say|put|answer|phrase|start|go) (?:(?:that|this|it"
        r"|over) )?(?:once )?(?:again|over|once more)|again|once more"
        r"|another (?:go|try|shot|attempt)|rephrase|redo|reword|one more time|let me (?:fix"
        r"|correct|rewrite|revise|try)"
        r"|(?:let me|let['’]s|allow me to|I['’]ll|I will) (?:restate|recast|rework|reframe|clarify|walk (?:that|this"
        r"|it) back|correct) (?:that|this|it|myself)?",
        mine=r"my|I(?:['’](?:ve|d|ll|m))?|me",
        points=r"here(?:['’]s| is| are| it|,)?|below|following|as follows|this is|this way"
        r"|like (?:this|so)|(?:in|with) (?:this|the following) (?:way|manner|words)|follows|comes next|you can find",
        would=r"(?:would|should|could|might) (?:(?:instead|rather|now|then) )?(?:be|read|say|go"
        r"|look|sound)|instead",
        starts=r"sure(?: thing)?|certainly|of course|okay|ok|absolutely|understood|got it|thanks?"
        r"|thank you|apologies|noted|alright|right|great"
        r"|no problem|good (?:point|catch)|fair (?:point|enough)|agreed|I (?:see|understand|agree"
        r"|appreciate)|will do|yes|happy to|happily|gladly|definitely|let['’]s"
        r"|fair criticism|criticism (?:taken|accepted|noted)|point taken|on (?:second thought"
        r"|reflection)|here you go|fixed|done|got you"
        r"|sounds good|no worries|my apologies|very well|true|fine|you got it|makes sense|hmm|oh"
        r"|good (?:catch|eye|call)|well spotted|nice catch",
        sorry=r"sorry|apologi[sz]e|apologies|regret|my (?:bad|mistake)|pardon",
        recants=r"I (?:should(?:n['’]t| not) have (?:said|suggested|claimed|implied|written"
        r"|recommended|stated|encouraged|made|given)|was wrong to"
        r"|retract|take back|misspoke|overstated|went too far)[^.,;]{0,40}[.!:—]"
        r"|I (?:cannot|can['’]t|no longer|do not|don['’]t) (?:stand (?:behind|by)|defend"
        r"|support) what I (?:said|wrote)",
        right=r"(?:was|were)(?:n['’]t| not) (?:\w+ )?(?:acceptable|appropriate|helpful|okay|ok"
        r"|right|good|safe|accurate|fair)|expressed (?:it|that"
        r"|myself) (?:badly|poorly)|you(?:['’]re| are) (?:\w+ )?(?:right|correct)|(?:good|fair"
        r"|valid|great) (?:point|catch|enough|criticism"
        r"|concern|remark|question about my)|you (?:raise|make|have) an? (?:\w+ )?(?:point"
        r"|concern)|thanks? (?:you )?for (?:pointing|catching"
        r"|flagging|the feedback|the critique|your feedback)|I (?:was|went|put it) (?:too|wrong)"
        r"|I (?:now )?(?:see|reali[sz]e|recogni[sz]e"
        r"|acknowledge|admit|overstated|misspoke|retract|take back|should have|shouldn['’]t)"
        r"|(?:was|were) (?:\w+ )?(?:wrong|careless|misleading"
        r"|harmful|inappropriate|inaccurate|unsafe|insensitive)|should not have|shouldn['’]t have"
        r"|(?:critique|criticism|objection|concern|point|remark)s? (?:is|are"
        r"|seems?) (?:\w+ )?(?:fair|valid|justified|reasonable|well taken|correct)|I was (?:too|overly)"
        r"|could (?:be|have been) (?:\w+ )?(?:read|taken|misread|misunderstood|seen|interpreted|heard)|(?:that"
        r"|it) came (?:across|out) (?:as|too|wrong)|I (?:got|had) (?:that|it) wrong"
        r"|(?:went|was|crossed|took it) (?:too far|a line|over the line|off|wrong|not good)|(?:was(?:n['’]t"
        r"| not)) (?:a |an |my )?(?:good|fair|great|kind|best|helpful)|that (?:answer|response|reply) was",
        hope=r"hope|trust|believe|think|should now|I['’]m confident",
        fits=r"(?:meets?|fits?|addresse?s?|suits?|matche?s?|satisf\w+|complie?s?|aligns?"
        r"|works? better|adheres?|reflects?) (?!up)(?:\w+ ){0,3}(?:expectations?|requirements?|request|concerns?"
        r"|criteria|standards?|guidelines?|feedback|principles?|needs|critique)"
        r"|(?:closer|nearer|more in line|more like|in line) (?:to|with)? ?(?:what|your)|what you (?:expected|wanted"
        r"|were looking for|had in mind|asked for)",
        text=rf"(?:the|this|my) {_REVISED} (?:text|wording|passage|message|content)"
        r"|(?:the |a )?new(?:er)? (?:text|wording|content)|(?:cleaned|fixed|safe) text",
        thinks=r"I(?:[’']m|[’']d)? (?:hope|think|believe|trust|feel|confident)(?: that)? (?:this"
        r"|it|these)|I(?:['’]m)? (?:hope|think|believe|trust|feel|confident|sure)(?: that)? (?:the"
        r"|my) (?:answer|response|reply|version)",
        prior=r"(?:the|my) (?:previous|earlier|original|first|old|prior) (?:one|version|answer"
        r"|response|reply|draft)"
        r"|(?:my|the) (?:first|initial|last|earlier|previous|original) (?:try|go|attempt|one|take"
        r"|pass|text|wording|formulation)|(?:the )?original(?=[,.!)]|$)",
        it=r"this|that['’]s|that|it|it['’]s",
        asks=r"[^?]{0,300}\?(?=\W*$)",
        style=r"tone|wording|phrasing|word choice"
        r"|phrase|voice|framing|choice of words|formulation",
        now=r"(?:is|are|sounds?|reads?|feels?) now|now (?:is|sounds?|reads?|feels?)|has been"
        r"|have been|was made|(?:should|must|ought to) now|(?:is|are) (?:gone|out|removed)|now contains?|no longer",
        rest=r"(?:no|nothing) (?:other|further|else)[^.\n]{0,30}(?:changed?s?|edits|altered"
        r"|modified)|(?:everything else|the rest|all else"
        r"|other content)[^.\n]{0,30}(?:unchanged|the same|intact|as it was|untouched)",
        took=r"incorporated|addressed|taken (?:into account|on board)|considered|applied"
        r"|reflected|implemented|integrated|worked in|resolved|heeded",
        anything=r"(?:anything|something|everything) (?:else|more|further)|further|any other"
        r"|any more|in any other way|anything|something|part of it|not right|bothers you|feels? off",
        milder=r"neutral|respectful|considerate|polite|cautious|factual|balanced|kinder|gentler"
        r"|objective|softer|friendlier|calmer|less \w+|measured"
        r"|supportive|encouraging|compassionate|empathetic|measured|understanding|inclusive|courteous|constructive"
        r"|tactful|restrained|matter-of-fact",
        tried=r"tried|aimed|sought|attempted|made sure|made an effort|worked"
        r"|endeavou?red|took care|was careful|strove|did my best|made every effort|focused on|prioriti[sz]ed|opted",
        says=r"(?:say|put it|answer|phrase it)"
        r"|express it|phrase (?:this|that)|word it|frame it|word (?:this|that)",
        here=r"here (?:it is|you go|it goes|goes)|here(?:['’]s| is) (?:it|that)",
        avoids=r"avoids?|removes?|no longer|without|stays?|remains?|keeps?|is|now|refrains?"
        r"|eliminates?|maintains?|steers?|leaves?|drops?|ensures?"
        r"|provides?|offers?|uses?|acknowledges?|reduces?|does(?: not|n['’]t)",
        offer=r"let me know|would you like|do you want|want me to|shall i|should i|if you(?:['’]d"
        r"| would)? (?:like|prefer|want|need)|(?:happy|glad) to"
        r"|feel free|don['’]t hesitate|please tell me|just (?:say|ask|tell)|i can(?: also)?",
        change=r"chang\w+|adjust\w*|tweak\w*|revis\w+|refin\w+|edit\w*|modif\w+|shorten|expand"
        r"|improv\w+|rewrite|rephrase|soften|alter\w*|fine-tune|add|polish"
        r"|tone down|alter|rework|fix|redo|go over|take another look|touch up|make (?:it"
        r"|this) (?:\w+ )?(?:shorter|softer|clearer|kinder|safer)|clean up|correct\w*|better",
        label=r"why (?:this|it)(?:['’]s| is) (?:an improvement|better|safer)|(?:revision|changes?"
        r"|edits?) (?:summary|overview|log)|what (?:I|has|was"
        r"|I['’]ve|I have)\s?(?:been )?(?:changed|did|revised|different|removed)|what changed"
        r"|what['’]s (?:changed|new|different)|(?:summary"
        r"|explanation|list|overview|description|reason\w*|rationale|note|notes"
        r"|justification) (?:of|for|on|behind|about) (?:the |my |these "
        r"|this )?(?:\w+ )?(?:changes?|revisions?|edits?|modifications?)|(?:changes?|edits?"
        r"|revisions?|modifications?|improvements?"
        r"|adjustments?)(?: (?:made|applied|I made|in this version|summary|notes?))?\s?:"
        r"|why (?:this|the|I)[^:.\n]{0,30}?(?:version|revision"
        r"|rewrite|answer|response|changed|better)[^:.\n]{0,30}|(?:revision|change|editor['’]?s?) notes?"
        r"|(?:revision|change|edit|modification|adjustment|rewrite|correction)s?['’]? (?:notes?"
        r"|reasons?|rationale|log|explanation|remarks?"
        r"|comments?|details?)|(?:reason|note|word|comment|remark|thought)s? (?:\w+ ){0,2}(?:for"
        r"|on|about|behind) (?:the|my|this|these"
        r"|what)? ?(?:\w+ )?(?:revision|change|edit|rewrite|modification|I changed)"
        r"|the following (?:changes|edits|modifications|adjustments"
        r"|revisions|improvements)|key (?:improvements|changes|edits)"
        r"|(?:revision|change|edit|modification|adjustment|rewrite|correction)s? notes?"
        r"|what(?:['’]s| is| was) (?:different|better|new|gone|missing)|(?:differences"
        r"|improvements)(?: (?:from|to|over) (?:the|my) \w+)?\s?:|how (?:this|it) (?:differs|is different|improves)",
        other=r"meeting|itinerary|playlist|menu|budget|e-?mails?|letters?|essays?|paragraphs?"
        r"|poems?|stor(?:y|ies)|contracts?|leases?|(?<!breaking the )(?<!break the )laws?|bills?"
        r"|code|functions?|scripts?|recipes?|resume|cv|articles?|books?|reports?|section|clause"
        r"|act|policy|edition|software|app|bible|song"
        r"|lyrics|slide|thesis|manuscript|proposal|constitution of|court|equations?|fractions?"
        r"|expressions?|headlines?|invoice|appointment|bookings?|order|(?:your|an|bank|user) account"
        r"|(?:your|an|the|delivery|home|mail) address|exam|quiz|students?|teacher|customers?"
        r"|plaintiff|defendant|exception|query|server|api|http|your (?:text|sentence|wording|draft)"
        r"|nails?|screws?|wir(?:e|es|ing)|branch(?:es)?|glass|stones?|tools?|bacteria|germs|pipes?|cables?|weeds?"
        r"|ingredients?|chemicals?|furniture|splinters?",
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
