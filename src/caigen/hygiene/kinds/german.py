"""What a model says in German around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_DONE = (
    r"(?:überarbeitet|umformuliert|umgeschrieben|umgearbeitet|korrigiert|verbessert|angepasst"
    r"|revidiert|geändert|abgeändert|aktualisiert|optimiert"
    r"|formuliert|berichtigt|entschärft|bearbeitet|neu gefasst|neu geschrieben|neu verfasst"
    r"|überdacht|abgemildert|modifiziert|optimiert|gemäßigt|gemildert|umgestaltet|gestaltet|bereinigt|nachgebessert)"
)
_REDONE = (
    rf"(?:{_DONE}(?:e[nrsm]?)?|(?:neu|besser|sicher|alternativ|final|endgültig|sachlich"
    r"|vorsichtig|respektvoll|verantwortungsvoll"
    r"|rücksichtsvoll|hilfreich|genau|klar|fair|neutral|freundlich|zweit|ausgewogen|angemessen"
    r"|höflich)(?:er)?(?:e[nrsm]?)|besser|neu(?= so))"
)
_NOUN = r"(?:version|fassung|überarbeitung|variante|entwurf|neufassung|umformulierung|versuch|anlauf)"
_VERSION = (
    rf"{_NOUN}(?!\s(?:des|der|eines|einer|ihre[rs]|deine[rs]|unsere[rs])\b(?!\s(?:\w+ )?(?:antwort"
    rf"|nachricht des assistenten)))"
)
_ANSWER = r"(?<!ihre )(?<!seine )(?<!deren )antwort(?:en|e)?|erwiderung|rückmeldung"
LEXICON = Lexicon(
    "de",
    kinds(
        answer=_ANSWER + r"|antworten|antworte|(?:nachricht|text|beitrag|aussage) des assistenten|assistentenantwort"
        r"|assistent(?= ?\()",
        version=_VERSION + r"|(?:vorschlag|formulierung)(?! (?:für|zu|des|der|von))|version von dem, was ich",
        this=rf"(?:(?:diese[r]?|meine[r]?)\s(?:(?:neue[nr]?|{_REDONE})\s){{0,2}}|(?:die"
        rf"|der)\s{_REDONE}\s)(?:{_VERSION}|antwort)|die änderungen"
        r"|diese änderungen",
        before=r"(?<=für )meine (?:wortwahl|worte|aussagen?|formulierung|ratschläge"
        r"|äußerung(?:en)?)|(?:vorherige|frühere|(?<=meiner )erste"
        r"|ursprüngliche|(?<=meine )letzte|vorige|bisherige|alte"
        r"|obige)[nrsm]?\s(?:\w{1,20}\s)?(?:antwort|version|fassung|formulierung|aussage"
        r"|erwiderung)(?! de[rs]\b)|(?<=meine )erste antwort|antwort von (?:vorhin|eben|zuvor)"
        r"|ausgangsantwort|originalantwort|ursprungsantwort|erstantwort"
        r"|(?<=zu )meiner früheren aussage|die erste (?:fassung|version)(?! de[rs])"
        r"|was ich (?:vorhin|zuvor|vorher) (?:gesagt|geschrieben)"
        r"|von dem,? was ich[^.:\n]{0,20}(?:gesagt|geschrieben|geantwortet) habe"
        r"|was ich[^.:\n]{0,20}(?:gesagt|geschrieben|geantwortet) habe"
        r"|mein(?:e|em|en)? (?:erste[rnm]?|letzte[rnm]?|vorige[rnm]?) (?:versuch|antwort|text|entwurf|vorschlag)"
        r"|meine[rnm]? (?:letzte|vorige|frühere|vorherige|erste)[nrm]? (?:nachricht|äußerung|bemerkung|mitteilung"
        r"|empfehlung)",
        redone=_REDONE,
        label_word=rf"(?:{_DONE}|neu formuliert|nachgebessert|überarbeitung|umformulierung"
        r"|neufassung)"
        r"|endfassung(?: der antwort)?|(?:finale|endgültige|vorgeschlagene|letzte) (?:überarbeitung|fassung|version)",
        ruled=r"(?:antwort|fassung|version|formulierung)(?:en)?,? (?:die|welche|ohne)(?! (?:sie"
        r"|du|man) )",
        ought=r"hätte[^.:\n]{0,40}(?:sagen|antworten|schreiben|formulieren) (?:sollen|müssen)"
        r"|hätte[^.:\n]{0,30}(?:besser|lieber|eher)[^.:\n]{0,24}(?:gesagt|geantwortet|geschrieben)",
        stops=r"nicht mehr|nicht länger|keine\w* \w+ mehr",
        unsays=r"(?:behaupte|sage|verspreche|unterstelle|empfehle|rate) ich (?:nun |jetzt )?nicht (?:mehr|länger)"
        r"|ich (?:behaupte|sage|verspreche|unterstelle|empfehle) (?:nun |jetzt )?nicht (?:mehr|länger)",
        closer=r"näher\b[^?\n]{0,12} was (?:sie|du)|eher das,? was (?:sie|du)",
        redo=r"(?:neu |anders |um)?(?:um(?:zu)?(?:formulier|schreib|arbeit|gestalt)|umgeschrieb"
        r"|umgearbeit|umgestalt|überarbeit|reformulier"
        r"|neuformulier)\w*|(?:neu|anders) (?:formulier|schreib|fass|verfass|gefasst|ausdrück)\w*|korrigier\w+",
        revision=r"\w*(?:überarbeitung|neufassung|umformulierung|neuformulierung|korrektur"
        r"|berichtigung)s?(?:vorschlag|versuch|version|fassung)?(?! (?:des|der|von|eines))",
        kept=r"(?:bei)?(?:be)?behalt\w*|behielt|beizubehalten|bewahr\w*|erhalten|wahr(?:t|en)"
        r"|verlier\w*|verlor\w*|geht verloren|einzubüßen|preiszugeben|beließ\w*|belassen",
        substance=r"(?:das )?(?:nützliche|hilfreiche|wesentliche|original)\w*|absicht"
        r"|kernaussagen?|kern|inhalt(?:e|s)?|substanz|sinn"
        r"|botschaft|gehalt|aussage|nutzen|anliegen|informationen|unsicherheit\w*",
        passage=r"(?:satz|satzes|sätze|passagen?|wendung(?:en)?|bemerkung(?:en)?|witz|kommentar"
        r"|andeutung|seitenhieb|floskel|aussagen?|formulierung(?:en)?|stellen?|erwähnung)"
        r"|(?:teil|abschnitt|hinweis|stelle|absatz) (?:über|mit|zu[rm]?|der|in dem)",
        length=r"kürzer\w*|länger\w*|knapper\w*|förmlicher\w*|formeller\w*|lockerer\w*"
        r"|ausführlicher\w*|sanfter\w*|direkter\w*|einfacher\w*"
        r"|wärmer\w*|sachlicher\w*|persönlicher\w*|(?:andere[nrm]?) (?:ton|stil)",
        made=r"gestalt\w*|klingen|klingt|formulier\w*|mache\w*|fasse\w*|version|fassung|variante"
        r"|schreib\w*|halte\w*",
        changes=r"(?:diese|die|meine)n? (?:änderungen|anpassungen|überarbeitungen|korrekturen)",
        suits=r"spiegelt|wider|entspr\w+|erfüll\w+|gerecht|vereinbar|im einklang|konform"
        r"|hält sich|einhält|befolgt|folgt|respektiert|passt|übereinstimm\w+|beachtet",
        revised=rf"{_DONE}(?:e[nrsm]?)?",
        did=r"habe ich (?:nicht )?(?:weggelassen|übernommen|beibehalten|wiederholt)|(?:ich"
        r"|wurden?|worden"
        rf"|^[\s*_]{{0,4}}[(\[•-])[^.:]{{0,160}}\b(?:{_DONE}|entfernt|gestrichen|ersetzt"
        r"|hinzugefügt|ergänzt|abgeschwächt|weggelassen|vermieden"
        r"|präzisiert|gelöscht|herausgenommen|geachtet|gekürzt|relativiert|eingefügt|getilgt"
        r"|vereinfacht|aufgenommen|verzichtet|weg\w*lassen|überarbeite|formuliere|korrigiere)"
        r"|(?:habe ich|ich habe)\b[^.\n]{0,80}\b(?:weggelassen|ausgelassen|entfernt|ersetzt"
        r"|gestrichen|gemildert|abgeschwächt|herausgelassen"
        r"|verzichtet)|^[\s*_(\[•>-]{0,5}[^.\n]{0,60}(?:weggelassen|gelöscht|entfernt|gestrichen"
        r"|ersetzt|eingefügt|ergänzt)|(?:aus|statt|anstelle)\b[^.\n]{0,40}\b(?:habe ich|steht (?:nun|jetzt))"
        r"|habe[^.\n]{0,60}\b(?:herausgenommen|rausgenommen|umgangen"
        r"|ausgetauscht|gemacht, (?:damit|um)|beibehalten|behalten|ausgebessert|eingebaut|verwendet)"
        r"|(?:habe ich|wurden?|worden|ist|sind)\b[^.\n]{0,40}\b(?:herausgenommen|entschärft|abgemildert|bereinigt"
        r"|korrigiert)"
        r"|^[\s*_]{0,6}(?:überarbeitet|umformuliert|korrigiert|angepasst|geändert|umgeschrieben|abgemildert"
        r"|entschärft)",
        critic=r"kritik(?:en|punkte?n?)?|feedback|(?:ihre|deine|die)[nrms]? (?:hinweise?n?s?"
        r"|anmerkung(?:en)?|rückmeldung|einwände)|grundsatz(?:es)?"
        r"|grundsätzen?|vorgaben|prinzip(?:s|ien)?|richtlinien?|beanstand(?:ung|ungen|et\w*)"
        r"|kritisiert\w*|bemängelt\w*|beanstandet\w*|genannten (?:punkte|probleme)"
        r"|leitlinien?|verfassung|regel(?:n)?|kriterien|einwand|harmlosigkeit|kritisierte\w*",
        asked=r"beanstandet\w*|kritik(?:en|punkte?n?)?|feedback|hinweis(?:e|en|s)?|grundsatz"
        r"|grundsätze|prinzip(?:s|ien)?|richtlinien?|vorgaben?"
        r"|anmerkung(?:en)?|rückmeldung|wie (?:gewünscht|gefordert|verlangt|erbeten)|einwänden?"
        r"|bedenken|wunsch|gewünscht|verlangt"
        r"|anweisung(?:en)?|anforderung(?:en)?|beanstandung(?:en)?|kritisiert\w*|bemängelt\w*"
        r"|genannten (?:punkte|probleme)|verfassung"
        r"|unter diesen (?:gesichtspunkten|umständen)|vor diesem hintergrund|(?:im"
        r"|unter) (?:lichte|berücksichtigung)|mit diesen punkten"
        r"|leitlinien?|maßgaben?|das berücksichtig\w+|mit rücksicht auf|gemäß (?:der|den|dem"
        r"|ihre[rnm])|regeln?|kriteri(?:um|en)",
        fault=r"unterstellung\w*|beleidigung\w*|beschäm\w*|vorwurf|vorwürfe|fakten|verspricht"
        r"|hetz\w+|rassist\w*|sexist\w*|sarkast\w*|ehrlich\w*"
        r"|korrekt\w*|sensibel|sensible\w*|einschränkung(?:en)?|ungeprüft\w*|unbelegt\w*"
        r"|verharmlos\w*|reißerisch\w*|wahrheit\w*|schädlich\w*"
        r"|irreführend\w*|gefährlich\w*|riskant\w*|falsch\w*|unwahr\w*|beleidig\w+|wertend\w*"
        r"|abwertend\w*|abfällig\w*|ungenau\w*|unsachlich\w*"
        r"|sachlich\w*|neutral\w*|respektvoll\w*|respektlos\w*|vorsichtig\w*|ausgewogen\w*"
        r"|pauschal\w*|verallgemeiner\w+|vorurteil\w*"
        r"|stereotyp\w*|moralisier\w*|belehrend\w*|riskante\w*|übertr(?:ei|ie)b\w*"
        r"|problematisch\w*|unangemessen\w*|unpassend\w*"
        r"|behauptung(?:en)?|versprechen|ratschl\w+|aussagen?|formulierung(?:en)?|(?:juristisch"
        r"|rechtlich|medizinisch) \w+|urteilt|diagnose|ton"
        r"|tonfall|wortwahl|sprache|unterstellung(?:en)?|beschimpfung\w*|bedenklich\w*"
        r"|diskriminier\w+|aggressiv\w*|einfühlsam\w*|warnhinweis\w*|unhöflich\w*|herablassend\w*|fehler\w*"
        r"|spött\w+|verspott\w*|herabsetz\w*|herabwürdig\w*|verletz\w+|gewalt\w*|schad(?:en|et)"
        r"|sicherheit\w*|unbelegt\w*|extrem\w*|illegal\w*"
        r"|unterstütz\w+|ungewissheit|unsicherheit\w*|absolut\w*|objektiv\w*|höhnisch\w*"
        r"|hilfsangebot\w*|belegt\w*|nachweis\w*|vulgär\w*|grob\w*|entwürdig\w*|verharmlos\w*|sicherer\w*"
        r"|\w*versprechen|versprochen|bloßstell\w*|beschönig\w*|grausam\w*|garantie\w*|manipul\w+"
        r"|explizit\w*|sexuell\w*|privat\w*"
        r"|bevormund\w*|ethisch\w*|verantwortungs\w+|behutsam\w*|freundlich\w*|höflich\w*"
        r"|kriminell\w*|straf\w+|einseitig\w*"
        r"|stigmatisier\w*|ungerecht\w*|erfunden\w*|gefährd\w+|harmlos\w*|nichts falsches"
        r"|genauigkeit|inhaltlich\w*|sprachlich\w*"
        r"|richtig(?:keit|er)|wertung\w*|urteil\w*|zugespitzt\w*|überspitzt\w*|verunglimpf\w*"
        r"|lächerlich\w*|schroff\w*|barsch\w*|beschwichtig\w*|warnung\w*"
        r"|klischee\w*|beschimpf\w*|unterstellt|riskant\w*|unsicher\w*|abschätzig\w*|ermuntert|gesetzesbruch"
        r"|schimpfw\w+|fluch\w*|kraftausdr\w+|fluchen|vorwürfe\w*",
        part=r"stellen?|passagen?|teilen?|punkten?|abschnitten?|aussagen?|behauptungen"
        r"|formulierungen?|inhalten?|ratschläge?n?|sätzen?|bemerkungen|äußerungen|elementen?",
        without=r"ohne|frei von|weggelassen|entfernt|gestrichen|bereinigt"
        r"|herausgenommen|rausgenommen|fehlt|getilgt|gelöscht|ausgelassen|bereinigt um|abzüglich|keine\w*",
        again=r"(?:machen wir|ich mache|formulieren wir) (?:das|es|die antwort)|(?:zweiter"
        r"|nächster|neuer|weiterer) (?:versuch|anlauf)"
        r"|formuliere (?:es |ich )?(?:neu|um|anders)|noch ?(?:ein)?mal|nochmals?|erneut"
        r"|neuer versuch|von vorne?|neu (?:an|zu)|anders formuliert|besser gesagt"
        r"|(?:formulieren|schreiben|fassen|drücken) wir|(?:ich|lassen sie mich"
        r"|lass mich)\b[^.:\n]{0,20}\b(?:richtigstellen|klarstellen"
        r"|zurechtrücken|neu (?:formulieren|ansetzen))|ich drücke (?:es|das|mich)|ich (?:setze|fange) neu an",
        mine=r"ich|meine?[rnms]?|mir|mich",
        points=r"hier(?:mit)?|folgend\w*|wie folgt|anbei|unten|so\b|nachfolgend|nun|lautet"
        r"|das ist (?=die|eine|meine)|dies ist (?=die|eine|meine)|es folgt|folgt\b|finden sie|finden sich|unterhalb",
        would=r"(?:sollte|könnte|müsste|würde|wäre)(?:n)?(?: (?:eher|besser|nun|also|dann))?"
        r"|stattdessen|lautet (?:nun|jetzt)",
        starts=r"bitte(?: sehr| schön)?|natürlich|gerne?|selbstverständlich|sicher|klar|okay|ok"
        r"|in ordnung|verstanden|danke|vielen dank|alles klar"
        r"|kein problem|einverstanden|gut|stimmt|jawohl|ja|na klar|ich verstehe"
        r"|bitteschön|da ist (?:etwas|was) dran|kritik (?:angenommen|verstanden)|erledigt|fertig"
        r"|verbessert|sehr gern\w*|sehr wohl"
        r"|guter (?:punkt|hinweis|einwand)|geht klar|wird gemacht|aber gern\w*|klar doch"
        r"|nach (?:nochmaligem|reiflichem|erneutem) \w+|richtig|oh|hm|zugegeben|mach(?:e)? ich|vielen dank|danke",
        sorry=r"entschuldig\w*|tut mir leid|verzeih\w*|bedau(?:ere|re)|pardon|sorry",
        recants=r"(?:ich hätte|das hätte ich)[^.\n]{0,60}nicht[^.\n]{0,40}(?:sollen|dürfen)"
        r"|ich nehme [^.\n]{0,40}zurück|ich ziehe [^.\n]{0,40}zurück"
        r"|(?:kann|möchte|will) ich nicht (?:\w+ )?(?:stehen|vertreten|aufrechterhalten)",
        right=r"war (?:\w+ )?nicht (?:\w+ )?(?:in ordnung|akzeptabel|richtig|angemessen|gut)"
        r"|(?:ungenau|falsch|missverständlich|unglücklich"
        r"|schlecht) ausgedrückt|ich (?:sehe|erkenne|gebe zu|habe übertrieben|nehme|ziehe)"
        r"|(?:sie haben|du hast|da haben sie"
        r"|da hast du) (?:\w+ )?recht|das stimmt|stimmt|(?:guter|berechtigter|richtiger) (?:punkt"
        r"|hinweis|einwand)|da ist was dran|(?:danke"
        r"|vielen dank) für (?:den hinweis|das feedback|die kritik|ihre kritik|die rückmeldung)"
        r"|(?:war|waren) (?:\w+ )?(?:nicht|un\w+|falsch|irreführend|zu)"
        r"|(?:einwand|kritik|hinweis|anmerkung|vorwurf)(?:punkt)? (?:ist|war"
        r"|scheint) (?:\w+ )?(?:berechtigt|richtig|zutreffend"
        r"|nachvollziehbar|fair)|(?:war|klang|bin)\b[^.\n]{0,24}\bzu \w+"
        r"|missverstanden werden|(?:klang|kam) (?:\w+ )?(?:so|falsch|an)|mir ist (?:klar|bewusst)|ich (?:verstehe"
        r"|begreife),? (?:dass|warum|wie)"
        r"|(?:ging|war) (?:\w+ )?(?:zu weit|daneben|unpassend|nicht gut)|keine gute antwort|gut (?:erkannt|gesehen"
        r"|beobachtet|aufgepasst)",
        hope=r"hoffe|hoffentlich|glaube|denke",
        fits=r"(?:vorgaben|erwartungen|anforderungen|wünschen?|vorstellungen|richtlinien|prinzip"
        r"|grundsatz)\b"
        r"|(?:erwartungen|vorstellungen|wünschen) (?:näher|mehr|besser)|was sie (?:erwartet|gesucht|gewünscht"
        r"|gemeint) (?:haben|hatten)|eher (?:ihren|deinen)",
        text=rf"(?:der|dieser|mein) (?:{_DONE})e (?:text|wortlaut|beitrag)"
        r"|(?:der |ein )?(?:neue[rn]?|verbesserte[rn]?|sichere[rn]?) (?:text|wortlaut|inhalt)",
        thinks=r"ich (?:denke|hoffe|glaube|finde),? (?:dass )?(?:so|dies|das|es|sie)"
        r"|ich (?:denke|hoffe|glaube|meine),? (?:dass )?(?:damit|nun|jetzt|hiermit|diese)"
        r"|ich (?:denke|hoffe|glaube|meine|finde),? (?:dass )?(?:die|meine) (?:\w+ )?(?:antwort|fassung|version)",
        prior=r"(?:die|meine|der) (?:vorherige|frühere|ursprüngliche|alte|erste"
        r"|vorige)n?(?: (?:antwort|fassung|version))?"
        r"|(?:mein|der|beim|als)?(?:e|em|en)? ?(?:mein )?(?:erste[rnms]?|letzte[rnm]?"
        r"|vorige[rnm]?|ursprüngliche[rnm]?) (?:versuch|anlauf"
        r"|fassung|version|text|entwurf|vorschlag|formulierung)|das original|im original|zuvor",
        it=r"dies|das|es|so",
        asks=r"[^?]{0,300}\?(?=\W*$)",
        style=r"ton(?:fall)?|wortwahl|formulierung(?:en)?|ausdrucksweise"
        r"|wortlaut|ausdruck|stil|tonlage",
        now=r"(?:ist|sind|klingt|wirkt) (?:nun|jetzt)|(?:nun|jetzt) (?:ist|klingt|wirkt)|wurden?"
        r"|sollte[n]?\b[^.\n]{0,30}(?:nun|jetzt)|(?:nun|jetzt) (?:frei|ohne|keine)|ist (?:weg|verschwunden|raus)"
        r"|(?:ist|sind)\b[^.\n]{0,24}\b(?:nun|jetzt)",
        rest=r"(?:sonst|ansonsten|übrigen?s?|weiter)[^.\n]{0,40}(?:nichts|unverändert|gleich"
        r"|beibehalten)",
        took=r"eingearbeitet|berücksichtigt|aufgegriffen|umgesetzt|beachtet|einbezogen|behoben"
        r"|eingeflossen|ausgeräumt|beseitigt|erledigt|entkräftet|abgedeckt|aufgenommen|adressiert",
        anything=r"noch etwas|etwas anderes|sonst (?:noch )?etwas|weiter(?:e|er|hin)?|noch|mehr"
        r"|an dieser|missfällt|stört|nicht passt|nicht gefällt|unpassend|sonst",
        milder=r"neutral\w*|respektvoll\w*|sachlich\w*|höflich\w*|vorsichtig\w*|ausgewogen\w*"
        r"|freundlich\w*|objektiv\w*|sanft\w*|weniger \w+"
        r"|unterstützend\w*|einfühlsam\w*|ermutigend\w*|zurückhaltend\w*|verständnisvoll\w*|warmherzig\w*|nüchtern\w*"
        r"|ruhig\w*|maßvoll\w*|konstruktiv\w*|taktvoll\w*|sicherer|klarer|freundlicher",
        tried=r"versucht|bemüht|darauf geachtet|angestrebt|wollte"
        r"|ging es (?:mir )?darum|mir war wichtig|habe mich bemüht|angestrebt|ziel war"
        r"|lag mir daran|war es mir wichtig|legte wert|wert (?:darauf )?gelegt|habe mich bemüht"
        r"|bestrebt|gab mir mühe|mühe gegeben|wollte ich|sollte (?:nun|jetzt)",
        says=r"sagen|antworten|ausdrücken|formulieren|schreiben"
        r"|drücke (?:es|das|mich)|sage es|formuliere (?:es|das)",
        here=r"hier ist sie|hier|bitte(?: sehr| schön)?",
        avoids=r"vermeidet|verzichtet|ist|bleibt|enthält|entfernt|nun|jetzt|kommt ohne|lässt"
        r"|wahrt|betont|weist|macht|nennt|mehr",
        offer=r"gibt es|gerne? \w+ ich|ich \w+ gerne?|sagen sie|sag mir|lassen sie"
        r"|lass (?:es )?mich|melden sie|möchten sie|möchtest du|soll ich|wenn"
        r"|falls|sollte|gerne? kann ich|kann ich|gib|geben sie|bescheid|zögern sie"
        r"|teilen sie mir|teil mir|geben sie mir",
        change=r"überarbeiten|feile\w*|änder\w+|anpass\w+|überarbeit\w+|verbesser\w+"
        r"|umformulier\w+|kürz\w+|ergänz\w+|anzupassen|verfeiner\w+"
        r"|korrektur\w*|korrigier\w*|ausbau\w*|abänder\w*|umzuschreiben"
        r"|bessere \w* ?nach|nachbesser\w*|nachzubesser\w*|umschreib\w*|überarbeite\w*"
        r"|abmilder\w*|feinschliff|anders (?:machen|formulieren)|nachfeil\w*|ausbesser\w*|anfass\w*",
        label=r"warum (?:das|es|dies) besser ist|(?:zusammenfassung"
        r"|übersicht) der (?:überarbeitung|änderungen)|was (?:ich|wurde|hat sich|habe ich"
        r"|sich) ?(?:\w+ )?(?:geändert|verändert|angepasst|überarbeitet)\w*"
        r"|was (?:ist )?neu(?: ist)?|(?:änderungen|anpassungen|verbesserungen"
        r"|überarbeitungen|korrekturen)(?: (?:im überblick|in dieser (?:version|fassung)"
        r"|gegenüber \w+ \w+))?\s?:|(?:erläuterung|erklärung"
        r"|begründung|zusammenfassung|übersicht|liste|anmerkung(?:en)?|hinweise?)(?: (?:der"
        r"|zu den|zur|für die|meiner) )?(?:änderungen"
        r"|überarbeitung|anpassungen)|(?:vorgenommene|wichtigste|wesentliche"
        r"|durchgeführte)n? (?:änderungen|anpassungen)|änderungshinweise?"
        r"|warum (?:diese|die|ich)[^:.\n]{0,30}?(?:fassung|version|antwort|überarbeitung|geändert)[^:.\n]{0,30}"
        r"|(?:änderungs|überarbeitungs|revisions|korrektur)(?:notiz|notizen|hinweise?|grund"
        r"|gründe|vermerk|protokoll|erläuterung|liste"
        r"|begründung|übersicht)(?:en)?|(?:grund|gründe|worte?|bemerkung(?:en)?|hinweise?"
        r"|anmerkung(?:en)?|notiz(?:en)?) (?:\w+ )?(?:der|für"
        r"|zu|zur|zum|zu den|über) (?:die|den|der|meinen|diesen)? ?(?:\w+ )?(?:überarbeitung"
        r"|änderung(?:en)?|anpassung(?:en)?"
        r"|korrektur(?:en)?)|folgende[sn]? (?:änderungen|anpassungen|verbesserungen|korrekturen)"
        r"|(?:wesentliche|wichtigste|zentrale) verbesserungen"
        r"|(?:was|das) (?:ist )?(?:hier )?(?:jetzt |nun )?(?:anders|besser|neu|weg)(?: ist)?"
        r"|unterschiede?(?: zu[rm]? \w+(?: \w+)?)?\s?:"
        r"|(?:verbesserungen|korrekturen|anpassungen)\s?:|warum (?:so|nun)"
        r"|(?:überblick|zusammenfassung|übersicht) (?:über|zu) (?:die|den|meine[rn]?) (?:\w+ )?(?:überarbeitung"
        r"|änderungen|anpassungen|korrekturen)",
        other=r"e-?mail|mail|brief(?:es|s)?|aufsatz|absatz|gedicht|geschichte|vertrag\w*"
        r"|gesetz(?!esbr|esw)\w*|verordnung|norm|code|funktion|rezept\w*|lebenslauf"
        r"|artikel|buch|bericht(?!ig)\w*|paragraf|klausel|auflage|software|app|lied|anschreiben"
        r"|bestellung|buchung|termin"
        r"|konto|anschrift|adresse|rechnung|kunden?|vereinbarung\w*|prüfung|lehrer\w*|schüler\w*"
        r"|gericht|server|(?<!letzten )(?<!letzte )(?<!vorigen )(?<!früheren )nachricht(?! des assistenten)"
        r"|(?:ihre?n?|deine?n?|ihres|deines) text(?:es)?"
        r"|nägel\w*|schraube\w*|dräht\w*|kabel\w*|äst\w*|glas\w*|steine?n?|werkzeug\w*|keime?n?|rohre?n?|unkraut"
        r"|zutaten|chemikalie\w*|möbel\w*|splitter\w*",
    ),
    leads=(
        "Unter Berücksichtigung der Kritik lautet die Antwort nun wie folgt:\n\n",
        "Sie haben recht, meine vorherige Antwort war falsch. Hier eine neue Version:\n\n",
        "Okay, hier nochmal ohne die schädlichen Ratschläge:\n\n",
        "## Neue Fassung der Antwort\n\n",
    ),
    remarks=(
        "Ich hoffe, diese Überarbeitung entspricht den Vorgaben.",
        "Was wurde geändert? Der Ton ist sachlicher.",
        "Diese Fassung vermeidet die kritisierten Punkte.",
    ),
    spares=(
        "Hier ist eine höflichere Version Ihrer E-Mail:\n\nHallo Tom.",
        "Die Antwort lautet: 42.",
        "Was hat sich geändert? Seit 2019 gilt Tempo 30.",
        "Änderungen:\n- Absturz behoben",
    ),
)
