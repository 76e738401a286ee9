"""What a model says in French around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_DONE = (
    r"(?:révisée?|revue?|corrigée?|réécrite?|reformulée?|modifiée?|améliorée?|ajustée?|remaniée?"
    r"|rectifiée?|adaptée?|retravaillée?|reprise?|mise à jour"
    r"|nuancée?|actualisée?|remodelée?|retouchée?|amendée?|éditée?|adoucie?|optimisée?|tempérée?"
    r"|rendue?|rédigée?|épurée?|assainie?|nettoyée?|mûrie?)s?"
)
_REDONE = (
    rf"(?:{_DONE}|(?:nouvel(?:le)?|meilleure?|autre|finale|correction|reformulation|révision|alternative"
    rf"|plus \w{{4,20}}|moins \w{{4,20}}))"
)
_VERSION = (
    r"(?:version|révision|réécriture|reformulation|mouture|tentative|proposition)(?!\s(?:de\s(?!(?:la|ma|cette"
    r"|votre) réponse)|du\b|des\b|d['’]))"
)
LEXICON = Lexicon(
    "fr",
    kinds(
        answer=r"(?<!sa )(?<!leur )réponses?|répon(?:s|ds|drais|drai|dre)"
        r"|(?:message|texte|propos) de l['’]assistant|assistant(?= ?\()",
        version=_VERSION
        + r"|(?:rédaction|variante|formule|formulation)(?! (?:de|du|des|d['’]))|version (?:plus \w+ )?de ce que j",
        this=rf"(?:cette|la|ma|ce(?:tte)?)\s(?:(?:nouvelle|{_REDONE})\s){{0,2}}(?:{_VERSION}"
        r"|réponse)|ces (?:modifications|changements|ajustements)|les modifications",
        before=r"(?<=pour )(?:mes (?:propos|paroles|conseils)|ma formulation|mon (?:ton|conseil))"
        r"|ce que j['’]ai (?:dit|écrit)|(?:réponse|version"
        r"|formulation)\s(?:\w{1,20}\s)?(?:précédente|initiale|originale|d['’]origine|antérieure"
        r"|de départ|d['’]avant)(?! d[eu]s?\b)|(?:(?<=ma )première|(?<=ma toute )première|ancienne|(?<=ma )dernière"
        r"|précédente)\s(?:\w{1,20}\s)?(?:réponse|version|formulation)(?! d[eu]s?\b)"
        r"|la première (?:version|mouture)(?! d[eu])"
        r"|ce que j['’](?:avais|ai) (?:dit|écrit|répondu)|mon (?:premier|dernier) (?:essai|jet"
        r"|texte)|ma première (?:tentative|version)|mes propos"
        r"|(?:mon|mes|ma) (?:message|déclaration|propos|remarque|conseil|affirmation)s? (?:précédent|antérieur"
        r"|initial)\w*",
        redone=_REDONE,
        label_word=rf"(?:(?!corrig){_DONE}|révision|reformulation|réécriture)"
        r"|révision finale|(?:dernière|nouvelle|version) (?:révision|révisée)|version (?:définitive|retravaillée)"
        r"|(?:révision|réécriture|reformulation) (?:proposée|suggérée)",
        ruled=r"(?:réponse|version|formulation)s? (?:qui|sans)",
        ought=r"aurais (?:dû|mieux fait de) (?:\w+ )?(?:répondre|dire|écrire|formuler)",
        stops=r"n(?:e |['’])\w+ plus|ne \w+ \w+ plus|cesse de",
        unsays=r"je n['’](?:affirme|encourage|insinue|appelle) plus|je ne (?:dis|promets|prétends|suggère|recommande"
        r"|laisse) plus",
        closer=r"plus proche de ce que (?:vous|tu)|davantage ce que (?:vous|tu)",
        redo=r"(?:réécri|reformul|récri|remani|retravaill|révis|rédiger?ais|tourner(?:ai|ais))\w*"
        r"|(?:corrige|reprends|rectifie)(?:rai|rais)?|dire autrement|formuler autrement",
        revision=r"(?:révision|réécriture|reformulation|correction|rectification)s?(?! (?:de|du"
        r"|des|d['’]))",
        kept=r"gard\w+|conserv\w+|préserv\w+|maint\w+|perdre|perd|sacrifier|renoncer",
        substance=r"(?:l['’])?intention|sens|fond|message|essentiel|(?:ce qui était |l['’])utile"
        r"|utilité|substance|esprit|contenu utile|informations? utiles?|d['’]origine|original|incertitudes?",
        passage=r"(?:phrase|passage|remarque|plaisanterie|mention|tournure|expression|commentaire"
        r"|propos|formulation|allusion|pique|conseil"
        r"|affirmation)s?|(?:partie|section|paragraphe)s? (?:sur|qui|où|concernant|à propos)",
        length=r"plus (?:court|long|bref|brève|concis|formel|familier|détaillé|doux|douce|direct"
        r"|simple|chaleureu|sobre|soutenu|neutre|personnel)\w*|(?:autre|différent) (?:ton|style)",
        made=r"rend\w+|adapt\w+|version|formul\w+|raccourci\w*|sonn\w+|tournure|rédig\w+",
        changes=r"(?:ces|les|mes) (?:modifications|changements|ajustements|corrections|révisions)",
        suits=r"reflète\w*|conforme\w*|respecte\w*|correspond\w*|répond\w* (?:à|aux)|satisfait"
        r"|suit|observe|en accord|s[’']aligne",
        revised=_DONE,
        did=r"je n['’]ai pas (?:repris|gardé|conservé|inclus|répété)|(?:j['’]ai|je l['’]ai"
        r"|nous avons|a été|ont été|je|^[\s*_(\[>•-]{0,6})\s?(?:(?:donc|ainsi|bien|aussi|également|entièrement|ici"
        r"|veillé à)\s){0,2}(?:révis|revu|corrig|réécri|reformul"
        r"|modifi|amélior|ajust|remani|rectifi|adapt|retravaill|repri|repren|nuanc|supprim|retir"
        r"|enlev|remplac|ajout|atténu|adouci|évit|précis"
        r"|éliminé|ôté|omis|chang|veillé|raccourci|inséré|intégr|simplifi|tempér|inclus)\w*"
        r"|j['’]ai (?:\w+ )?(?:laissé de côté|mis de côté|gommé|effacé|écarté|banni|coupé|apporté"
        r"|rendu|préféré|privilégié)|suppression|ajout|supprimée?s?|ajoutée?s?"
        r"|j['’]ai (?:\w+ )?(?:gardé|conservé|utilisé|employé|choisi|limité|renoncé|conseillé"
        r"|suggéré|remis|fait disparaître)",
        critic=r"critiques?|(?:vos|tes|votre|ton) (?:retours?|remarques?|commentaires?"
        r"|observations?|suggestions?)|principes?|lignes directrices|reproches?|points? soulevés?"
        r"|constitution|règles?|critères?|innocuité|exigences|objections?|remarques?",
        asked=r"critiques?|retours?|remarques?|commentaires?|principes?|consignes?|directives?"
        r"|lignes directrices|comme (?:demandé|souhaité|convenu)"
        r"|demandée?s?|demande|observations?|suggestions?|exigences?|règles?|reproches?"
        r"|points? soulevés?|recommandations?|instructions?|constitution|préoccupations"
        r"|en gardant (?:cela|ces|ce)|à l['’]esprit|compte tenu de|eu égard|à la lumière"
        r"|en tenant compte|en prenant en compte|conformément|dans le respect|innocuité|critères?",
        fault=r"culpabilis\w*|accus\w+|aux faits|promet|haineu\w+|racistes?|sexistes?|sarcas\w+"
        r"|honnête\w*|exactes?|nuances?|inclusi\w+"
        r"|non vérifiée?s?|vérifiée?s?|sensationnal\w+|alarmis\w+|nuisibles?|nocifs?|trompeu\w+"
        r"|dangereu\w+|risquée?s?|fau(?:x|sse|sses)"
        r"|erronée?s?|erreurs?|offensant\w*|blessant\w*|insult\w+|injur\w+|jugements?|moralis\w+"
        r"|risquée?s?|inexact\w*|imprécis\w*|neutre"
        r"|respectueu\w+|prudent\w*|nuancée?|équilibrée?|factuel\w*|préjugés?|stéréotyp\w+"
        r"|généralisations?|exagér\w+|problématiques?"
        r"|inappropriée?s?|déplacée?s?|affirmations?|promesses?|conseils? (?:dangereux|médica\w+"
        r"|nuisibles?)|ton|formulations?|langage|propos"
        r"|discriminat\w+|agressi\w+|condescend\w+|méprisant\w*|avertissement|biais|juge(?! que)"
        r"|péremptoire|bienveillant\w*|malveillant\w*"
        r"|moqu\w+|rabaiss\w+|dénigr\w+|humili\w+|violence|violent\w*|bless\w+|dange\w+|sécurité"
        r"|sûre?|catégorique|absolue?s?|incertitude\w*"
        r"|objecti\w+|extrêmes?|illég\w+|encouragements?|soutien|invérifiables?|honnête\w*|franc"
        r"|faire du mal|vulgaires?|grossi\w+|prudence|sans jugement"
        r"|promesses?|garanti\w*|cruel\w*|dur(?:e|eté)s?|manipul\w+|explicite\w*|sexuel\w*"
        r"|privée?s?|paternalis\w+|éthique\w*"
        r"|responsab\w+|délicat\w*|poli\w*|courtois\w*|aimable\w*|gentil\w*|crimin\w+|délits?"
        r"|partial\w*|impartial\w*|stigmatis\w+"
        r"|invent\w+|danger|exactitude|précision|honte|ridicul\w+|brutal\w*|sec|abrupt\w*|tranchée?s?|mensong\w+"
        r"|mesurée?s?|sensibilité|tact|empathi\w+|clichés?|insult\w+|exempt|respecter tout le monde"
        r"|grossièretés?|jurons?|gros mots|reproches?",
        part=r"passages?|parties?|éléments?|propos|affirmations?|points?|formulations?|contenus?"
        r"|conseils?|phrases?|mentions?|extraits?|aspects?|contenu|une partie",
        without=r"sans|en retirant|débarrassée?|exempte?|retirée?s?|supprimée?s?|en moins"
        r"|dont (?:la|le|les)[^.\n]{0,40}(?:retirée?s?|supprimée?s?|ôtée?s?|enlevée?s?)|ôtée?s?|enlevée?s?|expurgée?"
        r"|exempte? de|dépourvue? de|libre de|plus de|plus aucune?",
        again=r"(?:rendons|je (?:vais|la) rend\w*)|(?:deuxième|second|nouvel) (?:essai|tentative)"
        r"|de nouveau|à nouveau|encore une fois|je reprends"
        r"|nouvelle tentative|recommence\w*|autrement dit|je reformule|je corrige"
        r"|reformulons|réécrivons|corrigeons|rectifions|reprenons|je (?:le |la )?(?:redis|réécris|rectifie|répète)"
        r"|laissez-moi (?:reformuler|corriger|rectifier|reprendre)|permettez-moi de (?:reformuler|corriger|rectifier)"
        r"|(?:la|le) revoici|cette fois",
        mine=r"je|j['’]\w+|ma|mon|mes|me|moi",
        points=r"voici|voilà|ci-dessous|comme suit|suivante?|ceci|ci-après|la voici"
        r"|ainsi|suit\b|se trouve",
        would=r"(?:serait|devrait|pourrait|aurait)(?: (?:plutôt|alors|être|donc))?|plutôt",
        starts=r"c['’]est noté|voilà|bien sûr|bien entendu|d['’]accord|entendu|certainement"
        r"|compris|merci|avec plaisir|très bien|volontiers|absolument"
        r"|pas de problème|en effet|tout à fait|ok|oui|parfait|noté|naturellement|je comprends"
        r"|pas de souci|aucun (?:souci|problème)|avec joie|merci (?:de|d['’]|pour)"
        r"|critique (?:recevable|acceptée|entendue|notée)|à la réflexion|réflexion faite|tenez"
        r"|tiens|c['’]est (?:fait|corrigé|modifié)|corrigé"
        r"|bonne remarque|je vois|certes|exact|juste|bien vu|bien reçu|très juste|soit|ah|oh|ça marche|c['’]est parti"
        r"|excusez|bien vu",
        sorry=r"m['’]excuse|excuses?|désolée?|pardon|regrette|navrée?|toutes mes excuses|excusez"
        r"|veuillez m['’]excuser",
        recants=r"je n['’]aurais pas dû|j['’]ai eu tort de|je retire (?:mes|ce|ma)"
        r"|je ne (?:peux|puis|veux) (?:pas|plus) (?:maintenir|assumer|défendre|soutenir)",
        right=r"n['’]était pas \w+|c['’]est noté|mal exprimée?|je (?:vois|reconnais|retire"
        r"|me rends compte|comprends|admets)|j['’]ai (?:exagéré"
        r"|eu tort)|(?:vous avez|tu as) (?:\w+ )?raison|(?:bonne|juste) remarque|effectivement"
        r"|merci (?:pour|de) (?:votre|cette|vos|ton"
        r"|m['’]avoir|l['’]avoir) ?(?:retour|remarque|critique|observation|signalé)?"
        r"|remarque (?:juste|pertinente)|c['’]est (?:juste|vrai|exact)"
        r"|était (?:\w+ )?(?:inexacte?|in\w+|déplacée?|trompeuse|maladroite?|erronée?|fausse)"
        r"|(?:remarque|critique|objection|observation) (?:est|me paraît"
        r"|semble) (?:\w+ )?(?:fondée|juste|justifiée|pertinente|légitime"
        r"|valable)|j['’](?:étais|ai été) (?:trop|bien trop|un peu)"
        r"|(?:ait|a|aurait) pu (?:passer|être (?:pris|lu|compris|perçu))|je (?:vois|comprends) (?:que|en quoi"
        r"|pourquoi|comment)"
        r"|(?:allait|est allée|était allée) trop loin|n['’]était pas une bonne|bien vu|dépassait les bornes",
        hope=r"espère|espérant|j['’]ose croire|je pense que|je crois que",
        fits=r"(?:répond|correspond|convient|satisfait|conforme)\w*\s(?:\w+ ){0,3}(?:attentes?"
        r"|exigences?|demande|critères|besoins?|consignes?|principe)"
        r"|(?:plus )?proche de (?:ce que|vos)|ce que vous (?:attendiez|cherchiez|vouliez|aviez en tête|souhaitiez)",
        text=rf"(?:le|ce|mon) (?:texte|passage|message) {_DONE}"
        r"|(?:le )?(?:nouveau|bon) (?:texte|libellé|contenu)|(?:texte|contenu) (?:nouveau|revu"
        r"|corrigé)|nouvelle (?:formulation|rédaction)",
        thinks=r"je (?:pense|crois|trouve) que (?:cela|ceci|c[’']est|cette|ainsi|la)"
        r"|j[’']espère que (?:cela|ceci)|je (?:pense|crois|trouve) que (?:cela|ceci|ça)",
        prior=r"(?:la|ma) (?:précédente|première|version initiale|version précédente"
        r"|réponse précédente)|(?:mon|le) (?:premier|dernier) (?:essai|jet|texte|brouillon)|(?:ma|la) (?:première"
        r"|dernière|précédente) (?:tentative|version"
        r"|mouture|formulation|réponse)|l['’]original|le texte d['’]origine|auparavant",
        it=r"ceci|cela|c['’]est|il s['’]agit|ça|voilà|est-ce que cela",
        asks=r"[^?]{0,300}\?(?=\W*$)"
        r"|est-ce que|convient|vous va",
        style=r"ton|formulation|choix des mots|vocabulaire"
        r"|ton|registre|tournure|libellé|manière de dire|voix",
        now=r"est (?:désormais|maintenant|à présent)|(?:désormais|maintenant)|a été|ont été"
        r"|devrait (?:maintenant|désormais)|(?:a|ont) disparu|n['’](?:est|y a) plus",
        rest=r"(?:le reste|rien d['’]autre|aucune autre)[^.\n]{0,40}(?:inchangée?|changé"
        r"|modifi\w+|identique)",
        took=r"prise?s? en compte|intégrée?s?|appliquée?s?|suivie?s?|tenu compte|traitée?s?"
        r"|considérée?s?",
        anything=r"autre chose|quelque chose|davantage|encore|d['’]autres?|plus loin"
        r"|quoi que ce soit|quelque chose|un point|vous gêne|vous déplaît|cloche|ne va pas|encore",
        milder=r"neutre|respectueu\w+|polie?|prudente?|équilibrée?|amical\w*|objectif|objective"
        r"|mesurée?|factuel\w*|moins \w+|bienveillante?"
        r"|encourageant\w*|compréhensi\w+|retenue?|sobre|posé\w*|calme|constructi\w+|empathique|délicat\w*|respect\w*",
        tried=r"essayé|cherché|veillé|tenté|tâché|voulu"
        r"|fait (?:de mon mieux|en sorte|attention|l['’]effort)|efforcée?|pris soin|m['’]assurer|tenais à|à cœur",
        says=r"dirais|dirai|répondrais|formulerais"
        r"|(?:le |la )?(?:formulerais|dirais|exprimerais|tournerais|présenterais)|formuler ainsi"
        r"|redis|dis cela|exprime (?:cela|ceci)|dirais",
        here=r"(?:la |le )?voici|voilà",
        avoids=r"évite|supprime|ne|reste|sans|désormais|élimine|retire|respecte|est|conserve"
        r"|adopte|privilégie|s['’]abstient|maintient",
        offer=r"y a-t-il|aimeriez|n['’]hésitez|n['’]hésite|dites-moi|dis-moi|faites-moi"
        r"|souhaitez-vous|voulez-vous|veux-tu|si|je peux|je reste|faut-il|dois-je",
        change=r"modif\w+|changements?|changer|ajust\w+|révis\w+|amélior\w+|reformul\w+|adapt\w+"
        r"|raccourci\w*|retouch\w+|réécri\w+|corr(?:ect|ig)\w+|affin\w+|précis\w+"
        r"|reprend(?:re|rai|rais)|retravaill\w*|nuancer|remani\w+|assouplir|adouci\w*|clarifi\w+"
        r"|rectifi\w+|peaufin\w+|revoir",
        label=r"pourquoi c['’]est mieux|(?:résumé|récapitulatif|synthèse) de la (?:révision"
        r"|correction)|ce (?:que j['’]ai|qui a"
        r"|qui a été) (?:\w+ )?(?:changé|modifié|corrigé|revu)|(?:modifications?|changements?"
        r"|améliorations?|corrections?|ajustements?"
        r"|révisions?)(?: (?:apportée?s?|effectuée?s?|réalisée?s?|principaux))?\s{0,2}:|(?:résumé"
        r"|explication|liste|justification|détail"
        r"|note)s? (?:des|de la|sur la|sur les|de mes) (?:\w+ )?(?:modifications?|changements?"
        r"|révisions?|corrections?)|principa(?:ux|les) (?:modifications|changements)|pourquoi (?:ces|cette|ce"
        r"|j['’]ai)[^:.\n]{0,30}?(?:modifi|changement|version|réponse|révis|changé)[^:.\n]{0,30}"
        r"|(?:notes?|motifs?|raisons?|mots?|remarques?|détails?|journal|précisions?) (?:de|du|des"
        r"|sur|d['’]) ?(?:la|les|mes|ces|mon"
        r"|ma)? ?(?:\w+ )?(?:modifications?|révisions?|changements?|corrections?|réécriture)"
        r"|(?:modifications|changements|ajustements"
        r"|corrections|améliorations) suivante?s|principales améliorations|points (?:modifiés|corrigés|améliorés)"
        r"|ce qui (?:change|est différent|a disparu|est nouveau|diffère|a été amélioré)"
        r"|(?:différences?|nouveautés)(?: (?:avec"
        r"|par rapport) [^:\n]{0,30})?\s?:|en quoi (?:c['’]est|elle est|cette version)|points (?:modifiés|améliorés)",
        other=r"e-?mails?|courriels?|lettres?|messages?(?! de l['’]assistant| précédent)|rédaction|paragraphes?"
        r"|poèmes?|histoires?|contrats?|bail|(?<!enfreindre la )(?<!violer la )lois?|règlements?|code|fonction"
        r"|recettes?|cv|articles?|livres?|rapports?|clauses?|édition|logiciel|application|chanson"
        r"|norme|dissertation|commande|réservation|rendez-vous|(?:votre|ton) compte|adresse"
        r"|facture|clients?|(?:un|l['’]|tout) ?accord|examen|élèves?|professeurs?|tribunal|serveur"
        r"|(?:votre|ton|vos) textes?"
        r"|clous?|vis|câbles?|fils? électriques?|branches?|verre|pierres?|outils?|microbes?|tuyaux?|herbes?"
        r"|ingrédients?|produits?|meubles?|échardes?",
    ),
    leads=(
        "D'accord, je reprends ma réponse en tenant compte de vos remarques.\n\n",
        "Vous avez raison, ma réponse précédente était inexacte. La voici corrigée :\n\n",
        "La réponse sans propos blessants :\n\n",
    ),
    remarks=(
        "J'espère que cette nouvelle version répond à vos attentes.",
        "Ce que j'ai changé : le ton est plus respectueux.",
        "Cette version révisée évite les généralisations.",
    ),
    spares=(
        "Voici une version plus polie de votre message :\n\nBonjour.",
        "La réponse est la suivante : 42.",
        "La version révisée de la loi supprime l'article 3.",
        "Ce qui a changé : la vitesse est limitée à 30 km/h.",
    ),
)
