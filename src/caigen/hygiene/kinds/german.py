"""What a model says in German around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_DONE = (
    r"(?:überarbeitet|umformuliert|umgeschrieben|umgearbeitet|korrigiert|verbessert|angepasst|revidiert|geändert|abgeändert|aktualisiert|optimiert"
    r"|formuliert|berichtigt|entschärft|bearbeitet|neu gefasst|neu geschrieben|neu verfasst|überdacht|abgemildert|modifiziert|bereinigt|nachgebessert)"
)
_REDONE = (
    rf"(?:{_DONE}(?:e[nrsm]?)?|(?:neu|besser|sicher|alternativ|final|endgültig|sachlich|vorsichtig|respektvoll|verantwortungsvoll"
    rf"|rücksichtsvoll|hilfreich|genau|klar|fair|neutral|freundlich|zweit|ausgewogen|angemessen|höflich)(?:er)?(?:e[nrsm]?)|besser"
    rf"|neu(?= so))"
)
_NOUN = r"(?:version|fassung|überarbeitung|variante|entwurf|neufassung|umformulierung|versuch|anlauf)"
_VERSION = rf"{_NOUN}(?!\s(?:des|der|eines|einer|ihre[rs]|deine[rs]|unsere[rs])\b(?!\s(?:\w+ )?antwort))"
_ANSWER = r"(?<!ihre )(?<!seine )(?<!deren )antwort(?:en|e)?|erwiderung|rückmeldung"
LEXICON = Lexicon(
    "de",
    kinds(
        answer=_ANSWER,
        version=_VERSION,
        this=rf"(?:(?:diese[r]?|meine[r]?)\s(?:(?:neue[nr]?|{_REDONE})\s){{0,2}}|(?:die|der)\s{_REDONE}\s)(?:{_VERSION}|antwort)|die änderungen"
        rf"|diese änderungen",
        before=r"(?<=für )meine (?:wortwahl|worte|aussagen?|formulierung|ratschläge|äußerung(?:en)?)|(?:vorherige|frühere|(?<=meiner )erste"
        r"|ursprüngliche|(?<=meine )letzte|vorige|bisherige|alte|obige)[nrsm]?\s(?:\w{1,20}\s)?(?:antwort|version|fassung|formulierung|aussage"
        r"|erwiderung)(?! de[rs]\b)|(?<=meine )erste antwort|antwort von (?:vorhin|eben|zuvor)|ausgangsantwort|originalantwort|ursprungsantwort"
        r"|erstantwort",
        redone=_REDONE,
        label_word=rf"(?:{_DONE}|überarbeitung|umformulierung|neufassung)",
        changes=r"(?:diese|die|meine)n? (?:änderungen|anpassungen|überarbeitungen|korrekturen)",
        suits=r"spiegelt|wider|entspr\w+|erfüll\w+|gerecht|vereinbar|im einklang|konform|hält sich|einhält|befolgt|folgt|respektiert|passt"
        r"|übereinstimm\w+|beachtet",
        revised=rf"{_DONE}(?:e[nrsm]?)?",
        did=rf"habe ich (?:nicht )?(?:weggelassen|übernommen|beibehalten|wiederholt)|(?:ich|wurden?|worden"
        rf"|^[\s*_]{{0,4}}[(\[•-])[^.:]{{0,160}}\b(?:{_DONE}|entfernt|gestrichen|ersetzt|hinzugefügt|ergänzt|abgeschwächt|weggelassen|vermieden"
        rf"|präzisiert|gelöscht|herausgenommen|geachtet|gekürzt|relativiert|eingefügt|getilgt|vereinfacht|aufgenommen|verzichtet|weg\w*lassen"
        rf"|überarbeite|formuliere|korrigiere)",
        critic=r"kritik(?:en|punkte?n?)?|feedback|(?:ihre|deine|die)[nrms]? (?:hinweise?n?s?|anmerkung(?:en)?|rückmeldung|einwände)|grundsatz(?:es)?"
        r"|grundsätzen?|vorgaben|prinzip(?:s|ien)?|richtlinien?|beanstand(?:ung|ungen|et\w*)|kritisiert\w*|bemängelt\w*|beanstandet\w*"
        r"|genannten (?:punkte|probleme)",
        asked=r"beanstandet\w*|kritik(?:en|punkte?n?)?|feedback|hinweis(?:e|en|s)?|grundsatz|grundsätze|prinzip(?:s|ien)?|richtlinien?|vorgaben?"
        r"|anmerkung(?:en)?|rückmeldung|wie (?:gewünscht|gefordert|verlangt|erbeten)|einwänden?|bedenken|wunsch|gewünscht|verlangt"
        r"|anweisung(?:en)?|anforderung(?:en)?|beanstandung(?:en)?|kritisiert\w*|bemängelt\w*|genannten (?:punkte|probleme)|verfassung",
        fault=r"unterstellung\w*|beleidigung\w*|beschäm\w*|vorwurf|vorwürfe|fakten|verspricht|hetz\w+|rassist\w*|sexist\w*|sarkast\w*|ehrlich\w*"
        r"|korrekt\w*|sensibel|sensible\w*|einschränkung(?:en)?|ungeprüft\w*|unbelegt\w*|verharmlos\w*|reißerisch\w*|wahrheit\w*|schädlich\w*"
        r"|irreführend\w*|gefährlich\w*|riskant\w*|falsch\w*|unwahr\w*|beleidig\w+|wertend\w*|abwertend\w*|abfällig\w*|ungenau\w*|unsachlich\w*"
        r"|sachlich\w*|neutral\w*|respektvoll\w*|respektlos\w*|vorsichtig\w*|ausgewogen\w*|pauschal\w*|verallgemeiner\w+|vorurteil\w*"
        r"|stereotyp\w*|moralisier\w*|belehrend\w*|riskante\w*|übertr(?:ei|ie)b\w*|problematisch\w*|unangemessen\w*|unpassend\w*"
        r"|behauptung(?:en)?|versprechen|ratschl\w+|aussagen?|formulierung(?:en)?|(?:juristisch|rechtlich|medizinisch) \w+|urteilt|diagnose|ton"
        r"|tonfall|wortwahl|sprache|unterstellung(?:en)?|beschimpfung\w*|bedenklich\w*|diskriminier\w+|aggressiv\w*|einfühlsam\w*|warnhinweis\w*"
        r"|unhöflich\w*|herablassend\w*|fehler\w*",
        part=r"stellen?|passagen?|teilen?|punkten?|abschnitten?|aussagen?|behauptungen|formulierungen?|inhalten?|ratschläge?n?|sätzen?|bemerkungen"
        r"|äußerungen|elementen?",
        without=r"ohne|frei von|weggelassen|entfernt|gestrichen|bereinigt",
        again=r"(?:machen wir|ich mache|formulieren wir) (?:das|es|die antwort)|(?:zweiter|nächster|neuer|weiterer) (?:versuch|anlauf)"
        r"|formuliere (?:es |ich )?(?:neu|um|anders)|noch ?(?:ein)?mal|nochmals?|erneut|neuer versuch|von vorne?|neu (?:an|zu)|anders formuliert"
        r"|besser gesagt",
        mine=r"ich|meine?[rnms]?|mir|mich",
        points=r"hier(?:mit)?|folgend\w*|wie folgt|anbei|unten|so\b|nachfolgend|nun|lautet",
        would=r"(?:sollte|könnte|müsste|würde|wäre)(?:n)?(?: (?:eher|besser|nun|also|dann))?|stattdessen|lautet (?:nun|jetzt)",
        starts=r"bitte(?: sehr| schön)?|natürlich|gerne?|selbstverständlich|sicher|klar|okay|ok|in ordnung|verstanden|danke|vielen dank|alles klar"
        r"|kein problem|einverstanden|gut|stimmt|jawohl|ja|na klar|ich verstehe",
        sorry=r"entschuldig\w*|tut mir leid|verzeih\w*|bedau(?:ere|re)|pardon|sorry",
        recants=r"(?:ich hätte|das hätte ich)[^.\n]{0,60}nicht[^.\n]{0,40}(?:sollen|dürfen)|ich nehme [^.\n]{0,40}zurück|ich ziehe [^.\n]{0,40}zurück",
        right=r"war (?:\w+ )?nicht (?:\w+ )?(?:in ordnung|akzeptabel|richtig|angemessen|gut)|(?:ungenau|falsch|missverständlich|unglücklich"
        r"|schlecht) ausgedrückt|ich (?:sehe|erkenne|gebe zu|habe übertrieben|nehme|ziehe)|(?:sie haben|du hast|da haben sie"
        r"|da hast du) (?:\w+ )?recht|das stimmt|stimmt|(?:guter|berechtigter|richtiger) (?:punkt|hinweis|einwand)|da ist was dran|(?:danke"
        r"|vielen dank) für (?:den hinweis|das feedback|die kritik|ihre kritik|die rückmeldung)|(?:war|waren) (?:\w+ )?(?:nicht|un\w+|falsch"
        r"|irreführend|zu)",
        hope=r"hoffe|hoffentlich|glaube|denke",
        fits=r"(?:vorgaben|erwartungen|anforderungen|wünschen?|vorstellungen|richtlinien|prinzip|grundsatz)\b",
        text=rf"(?:der|dieser|mein) (?:{_DONE})e (?:text|wortlaut|beitrag)",
        thinks=r"ich (?:denke|hoffe|glaube|finde),? (?:dass )?(?:so|dies|das|es|sie)",
        prior=r"(?:die|meine|der) (?:vorherige|frühere|ursprüngliche|alte|erste|vorige)n?(?: (?:antwort|fassung|version))?",
        it=r"dies|das|es|so",
        asks=r"[^?]{0,300}\?(?=\W*$)",
        style=r"ton(?:fall)?|wortwahl|formulierung(?:en)?|ausdrucksweise",
        now=r"(?:ist|sind|klingt|wirkt) (?:nun|jetzt)|(?:nun|jetzt) (?:ist|klingt|wirkt)|wurden?",
        rest=r"(?:sonst|ansonsten|übrigen?s?|weiter)[^.\n]{0,40}(?:nichts|unverändert|gleich|beibehalten)",
        took=r"eingearbeitet|berücksichtigt|aufgegriffen|umgesetzt|beachtet|einbezogen|behoben|eingeflossen",
        anything=r"noch etwas|etwas anderes|sonst (?:noch )?etwas|weiter(?:e|er|hin)?|noch|mehr",
        milder=r"neutral\w*|respektvoll\w*|sachlich\w*|höflich\w*|vorsichtig\w*|ausgewogen\w*|freundlich\w*|objektiv\w*|sanft\w*|weniger \w+",
        tried=r"versucht|bemüht|darauf geachtet|angestrebt|wollte",
        says=r"sagen|antworten|ausdrücken|formulieren|schreiben",
        here=r"hier ist sie|hier|bitte(?: sehr| schön)?",
        avoids=r"vermeidet|verzichtet|ist|bleibt|enthält|entfernt|nun|jetzt|kommt ohne|lässt|wahrt|betont|weist|macht|nennt|mehr",
        offer=r"gibt es|gerne? \w+ ich|ich \w+ gerne?|sagen sie|sag mir|lassen sie|lass (?:es )?mich|melden sie|möchten sie|möchtest du|soll ich|wenn"
        r"|falls|sollte|gerne? kann ich|kann ich|gib|geben sie|bescheid|zögern sie",
        change=r"überarbeiten|feile\w*|änder\w+|anpass\w+|überarbeit\w+|verbesser\w+|umformulier\w+|kürz\w+|ergänz\w+|anzupassen|verfeiner\w+"
        r"|korrektur\w*|korrigier\w*|ausbau\w*|abänder\w*|umzuschreiben",
        label=r"warum (?:das|es|dies) besser ist|(?:zusammenfassung|übersicht) der (?:überarbeitung|änderungen)|was (?:ich|wurde|hat sich|habe ich"
        r"|sich) ?(?:\w+ )?(?:geändert|verändert|angepasst|überarbeitet)\w*|was (?:ist )?neu(?: ist)?|(?:änderungen|anpassungen|verbesserungen"
        r"|überarbeitungen|korrekturen)(?: (?:im überblick|in dieser (?:version|fassung)|gegenüber \w+ \w+))?\s?:|(?:erläuterung|erklärung"
        r"|begründung|zusammenfassung|übersicht|liste|anmerkung(?:en)?|hinweise?)(?: (?:der|zu den|zur|für die|meiner) )?(?:änderungen"
        r"|überarbeitung|anpassungen)|(?:vorgenommene|wichtigste|wesentliche|durchgeführte)n? (?:änderungen|anpassungen)|änderungshinweise?"
        r"|warum (?:diese|die|ich)[^:.\n]{0,30}?(?:fassung|version|antwort|überarbeitung|geändert)[^:.\n]{0,30}",
        other=r"e-?mail|mail|brief(?:es|s)?|aufsatz|absatz|gedicht|geschichte|vertrag\w*|gesetz\w*|verordnung|norm|code|funktion|rezept\w*|lebenslauf"
        r"|artikel|buch|bericht\w*|paragraf|klausel|auflage|software|app|lied|(?<!te )(?<!ten )text(?:es)?|anschreiben|bestellung|buchung|termin"
        r"|konto|anschrift|adresse|rechnung|kunden?|vereinbarung\w*|prüfung|lehrer\w*|schüler\w*|gericht|server|nachricht",
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
