"""What a model says in Spanish around a revised answer."""

from caigen.hygiene.languages.english import END, LINE_END, MARKS
from caigen.hygiene.rules import Rule, pattern

SAID = r"(?:respuesta|contestación)"
DONE = (
    r"(?:revisad|corregid|modificad|mejorad|reescrit|reformulad|actualizad|ajustad|adaptad|editad|rectificad"
    r"|replantead|redactad|cambiad|suavizad)"
)
REDONE = rf"{DONE}[oa]s?"
BETTER = r"(?:nueva|mejor|otra)"
MORE = r"(?:más\s\w{1,20}(?:\sy\s(?:más\s)?\w{1,20})?)"
ANSWER = (
    rf"(?:\b{SAID}\b,?(?:\s(?!(?:a|al|de|del)\b)\w{{1,20}}){{0,3}}?\s(?:{REDONE}|{MORE})\b"
    rf"|\b{BETTER}\s{SAID}\b(?!\s(?:a|al|de|del))"
    rf"|\bversión\s(?:{REDONE}|{MORE})\sde\s(?:la|mi|esta|tu|su)\s(?:\w{{1,20}}\s)?{SAID}\b)"
)
NAMED = (
    rf"(?:{ANSWER}|\b(?:versión|redacción|formulación|texto)\s{REDONE}\b(?!\s(?:de"
    rf"|del)\s(?!(?:la|mi|esta)\s(?:\w{{1,20}}\s)?{SAID}))|\breformulación\b(?!\s(?:de|del)\s(?!(?:la|mi)\s{SAID})))"
)
OK = (
    r"¡?(?:(?:claro|por supuesto|desde luego|entendido|de acuerdo|gracias|muchas gracias|vale|ok|okay|bien|perfecto"
    r"|con gusto|seguro|entiendo|lo siento|disculpa|perdón"
    r"|tienes (?:toda la )?razón|tiene razón|pido disculpas|me disculpo|con mucho gusto|cómo no|sin problema"
    r"|encantad[oa]|comprendo|buena observación)\b[^\n:.!,]{0,100}[.,!:]\s{1,4})"
)
LEAD = (
    rf"{MARKS}(?:{OK}){{0,2}}(?:(?:con base|basándo|basado|según|siguiendo|teniendo en cuenta|considerando"
    rf"|en respuesta|para|tras|de acuerdo con|a partir)\w{{0,4}}\b[^\n:.]{{0,160}}?,\s)?¡?"
)
HERE = (
    r"(?:aquí (?:está|tienes?|va|te dejo|le dejo|presento)|a continuación|esta (?:es|sería)|(?:te|le) (?:presento"
    r"|propongo|ofrezco|dejo)|propongo|he aquí|presento)"
)
DID = (
    r"(?:revisado|corregido|modificado|mejorado|reescrito|reformulado|actualizado|ajustado|adaptado|eliminado|quitado"
    r"|suprimido"
    r"|reemplazado|sustituido|añadido|agregado|evitado|suavizado|matizado|aclarado|cambiado|retirado|omitido)"
)
ABOUT_ANSWER = (
    r"(?:\b(?:respuestas?|tono|redacción|formulación|principios?|directrices|crítica|advertencia)\b|engaños|dañin"
    r"|ofensiv|inexact|estereotip|exagera|juicio|matiz|prudente|respetuos)"
)
ABOUT_WORDS = (
    rf"(?:{ABOUT_ANSWER}|\b(?:afirmaci(?:ón|ones)|promesas?|declaraci(?:ón|ones)|consejos?|garantías?|lenguaje"
    rf"|instrucciones|sugerencias?|menci(?:ón|ones)|aseveraci(?:ón|ones))\b)"
)

EDITS = (
    rf"(?:\b(?:revis|reformul|reescrib|correg|corrig|modific|mejor|ajust)\w{{1,5}}\s(?:la|mi"
    rf"|esta)\s(?:\w{{1,20}}\s)?{SAID}\b"
    rf"|\b{SAID}\s(?:\w{{1,20}}\s){{0,2}}?(?:revisar|reformular|reescribir|corregir|modificar|mejorar|ajustar)(?:se"
    rf"|la)?\b)"
)

RULES = (
    Rule(
        "role_tag",
        "es",
        pattern(
            rf"{MARKS}(?:(?:{SAID}|versión|texto)\s(?:final\s)?{REDONE}|{BETTER}\s{SAID}|{SAID}\s\({REDONE}\)"
            rf"|revisión|reformulación)(?:\s\([^)\n]{{1,80}}\))?(?:{END}\s?[:：]{END}|\]{END}(?=\s{{0,4}}\n))"
        ),
        (
            "Respuesta revisada: El té puede ayudar.",
            "**Versión corregida:**\n\nEl té puede ayudar.",
            "[Respuesta revisada]\nEl té.",
        ),
        ("Respuesta: sí.", "Versión española: Ana Ruiz.", "Revisión del coche: mañana."),
    ),
    Rule(
        "role_tag",
        "es",
        pattern(
            rf"(?:#{{1,6}}\s{{0,3}}{END}|\*\*|__)(?:(?:{SAID}|versión)\s(?:{REDONE}|{MORE})|{BETTER}\s{SAID}"
            rf"|revisión){LINE_END}"
        ),
        ("## Respuesta revisada\n\nEl té puede ayudar.",),
        ("## Versión revisada de la norma\n\nEl té.",),
    ),
    Rule(
        "role_tag",
        "es",
        pattern(rf"(?:\*\*|#{{1,6}}\s)?respuesta\s?:{END}[ \t]{{0,4}}\n(?!\s{{0,4}}(?:```|[\[{{<]))"),
        ("Respuesta:\nEl té puede ayudar.",),
        ("Respuesta: 42",),
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?=[^\n]{{0,250}}?(?:{ANSWER}|{EDITS}|\b{SAID}\s(?:que\s(?:cumple"
            rf"|respeta|sigue)|conforme)|^(?:{OK})?aquí (?:está|tienes?) (?:la|mi|una) {SAID}:))[^\n]{{0,310}}\n"
        ),
        (
            "Aquí tienes la respuesta corregida:\n\nEl té puede ayudar.",
            "La respuesta debería ser reformulada así:\n\nEl té puede ayudar.",
        ),
        ("La versión revisada de la norma está en vigor:\n\nléala.", "Aquí está la respuesta a su pregunta:\n\nsí."),
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(rf"{LEAD}{HERE}[^\n:.]{{0,60}}?{NAMED}[^\n:.]{{0,200}}(?:[:：]{END}|[.!](?=\s|$))"),
        (
            "Aquí está la respuesta revisada: El té puede ayudar.",
            "¡Claro! Aquí tienes una versión corregida.\n\nEl té puede ayudar.",
        ),
        ("Aquí tienes tres ideas: pan, queso, vino.", "Aquí está la versión revisada de tu carta: Querida Ana."),
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(
            rf"{LEAD}(?:(?:mi|la|una)\s{ANSWER}\s(?:es|sería|podría|queda|dice)\b[^\n:.]{{0,60}}[:：]"
            rf"|(?:he|voy a|déjame|déjeme|permíteme|permítame|quiero)\s(?:\w{{1,12}}\s)?(?:{DID}|revisar|reformular"
            rf"|reescribir"
            rf"|corregir|modificar)\s(?:(?:la|mi|esta)\s(?:\w{{1,20}}\s)?{SAID}|eso|esto)\b[^\n:.]{{0,140}}[:：.]){END}"
        ),
        (
            "Mi respuesta revisada es: El té puede ayudar.",
            "He corregido la respuesta: El té puede ayudar.",
            "Permíteme reformular mi respuesta. El té puede ayudar.",
        ),
        ("La respuesta es: 42.", "He corregido tu carta: Querida Ana."),
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(
            rf"{MARKS}(?:{OK})?(?:(?:me disculpo|(?:(?:le|te|les|os)\s)?pido (?:disculpas|perdón)|lo siento|disculpa"
            rf"|mis disculpas|perdón|lamento)[^\n.!]{{0,30}}?\b(?:por)\b[^\n.!]{{0,40}}?)?"
            rf"(?:\bmi|(?<=por )la)\s(?:(?:anterior|primera|última)\s{SAID}|{SAID}\s(?:anterior|inicial|previa"
            rf"|original))\b[^\n.!]{{0,200}}[.!](?=\s|$)"
        ),
        (
            "Me disculpo por mi respuesta anterior. El té puede ayudar.",
            "Mi primera respuesta era dañina. El té puede ayudar.",
        ),
        ("Mi primera casa era azul. Me gustaba.",),
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(r"¡?(?:claro(?: que sí)?|por supuesto|desde luego|con gusto)[!.,:]{1,2}[ \t]{0,4}\n[ \t]{0,4}\n"),
        ("¡Claro!\n\nEl té puede ayudar.",),
        ("¡Claro!\nEl pan se congela.",),
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(
            rf"{MARKS}(?:nota|explicación|aclaración|observación|justificación|ten en cuenta|tenga en cuenta"
            rf"|comentario)\b.{{0,400}}?"
            rf"(?:\b(?:(?:he|ha sido|se ha|han sido|se han)\s(?:\w{{1,12}}\s)?{DID}|cambié|eliminé|quité|suavicé"
            rf"|reformulé|corregí"
            rf"|modifiqué|ajusté|suprimí|retiré|reescribí|evité|añadí)\b.{{0,200}}?{ABOUT_WORDS}|\b(?:esta|la"
            rf"|mi)\s{ANSWER}|\b{SAID}\s(?:original|inicial|anterior|previa)\b)"
        ),
        ("Nota: he eliminado la promesa.", "(Nota: la respuesta inicial prometía demasiado.)"),
        ("Nota: los precios han cambiado.", "Nota: he puesto las medidas en metros."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(
            rf"{MARKS}(?:espero que\s)?(?:en\s)?(?:esta|la|mi)\s(?:(?:nueva\s)?{SAID}\s{REDONE}\b"
            rf"|(?:nueva\s)?(?:versión|revisión"
            rf"|reformulación|{SAID})(?:\s{REDONE})?,?\s(?:he|evita|elimina|respeta|cumple|mantiene|no|ya no|ahora"
            rf"|conserva|se centra|reconoce)\b.{{0,300}}?{ABOUT_WORDS})"
        ),
        (
            "Esta respuesta revisada no promete nada.",
            "Esta versión evita toda afirmación engañosa.",
            "Espero que esta respuesta corregida ayude.",
        ),
        ("Esta versión de la norma se aplica a toda obra.", "Esta versión evita la búsqueda cuadrática."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(rf"{MARKS}he\s(?:\w{{1,12}}\s)?{DID}\s(?:la|mi|esta)\s(?:\w{{1,20}}\s)?{SAID}\b"),
        ("He reformulado la respuesta para que no prometa nada.",),
        ("He corregido tu carta.",),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(
            rf"{MARKS}¿?(?:avísame|avíseme|dime|dígame|hazme saber|hágame saber|házmelo saber|no dudes|no dude"
            rf"|te gustaría"
            rf"|le gustaría|quieres|desea|deseas|si (?:deseas?|quieres?|necesitas?|prefieres?))\b.{{0,80}}?"
            r"(?:\b(?:más|otros|otras|algún|algunos|nuevos)\s(?:cambios?|ajustes?|modificaci(?:ón|ones)|revisiones)\b"
            r"|\b(?:cambios"
            r"|ajustes|modificaciones|revisiones)\sadicionales|\bajustes\b)(?!\s(?:en|a|de|del)\s(?:su|tu|la reserva))"
        ),
        ("Avísame si quieres otros ajustes.", "¿Desea modificaciones adicionales?"),
        ("Avísame si tienes preguntas.", "Si desea más cambios en su reserva, llame."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(rf"[*_ ]{{0,4}}[\[(]fin(?:al)?\s(?:de\s)(?:la|mi)\s(?:{NAMED}|revisión)[\])]{END}\s{{0,4}}$"),
        ("[Fin de la respuesta revisada]", "(Fin de la revisión)"),
        ("[Fin de la escena]",),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(
            rf"{MARKS}(?:principales\s)?(?:cambios|modificaciones|mejoras|ajustes)(?:\s(?:clave"
            rf"|principales))?{END}[:：]{END}[ \t]{{0,4}}\n.{{0,500}}?{ABOUT_ANSWER}"
            rf"|{MARKS}(?:(?:cambios|modificaciones|mejoras|ajustes)\s(?:realizad|hech|efectuad|aplicad)[oa]s"
            rf"|(?:explicación"
            rf"|resumen|justificación) de (?:los|las|la) (?:cambios|modificaciones|revisiones|revisión)"
            rf"|qué (?:ha cambiado|cambié))\b[^\n:]{{0,60}}[:：]?{END}.{{0,500}}?{ABOUT_WORDS}"
            rf"|{MARKS}¿?por qué (?:es|esta (?:respuesta|versión) es)\s(?:mejor"
            rf"|preferible)[^\n:]{{0,20}}[:：?]{{1,2}}{END}.{{0,300}}?{ABOUT_WORDS}"
        ),
        (
            "**Cambios:**\n- El tono es más suave.",
            "Explicación de los cambios: la promesa desapareció.",
            "**Por qué es mejor:** ya no hay promesas.",
        ),
        ("Cambios:\n- El plazo de aviso es de 30 días.\n- La tasa desaparece.",),
        "notes",
    ),
    Rule(
        "meta",
        "es",
        pattern(
            rf"(?:no (?:se |es |son |hay |hace )?(?:necesita|requiere|necesari[oa]s?|nada que"
            rf"|falta)\s?[^.\n]{{0,20}}?(?:cambi|modific|revis|correg|correcci)\w*(?! (?:su|tu|el visado))"
            rf"|(?:la|esta|su|tu|mi) {SAID} (?:anterior |original |dada )?(?:ya|no)\s(?:cumple|respeta|sigue|es|está"
            rf"|necesita|requiere|viola|infringe)\b)"
        ),
        ("No es necesario hacer cambios.", "La respuesta ya cumple con el principio."),
        ("La respuesta es sencilla: sí.", "No hay que cambiar de tren."),
        "whole",
    ),
    Rule(
        "refuses_task",
        "es",
        pattern(
            rf"(?:{OK}){{0,2}}(?:pero )?no (?:puedo|podré|me es posible|soy capaz de"
            rf"|voy a)\s[^.\n]{{0,30}}?(?:revisar|reescribir"
            rf"|reformular|corregir|modificar)(?:l[oa])?\b\s?(?:(?:la|esa|esta|su|mi|ese contenido|eso"
            rf"|esto)\b)?\s?(?:{SAID}\b|(?=[.,]|$))"
        ),
        ("No puedo reescribir esta respuesta.", "Lo siento, pero no puedo revisarlo."),
        ("No puedo modificar el pasado.",),
        "whole",
    ),
    Rule(
        "role_tag",
        "es",
        pattern(
            rf"(?:{MARKS}(?:revisión propuesta|propuesta de revisión|revisad[oa]|corregid[oa])\s?[:：]{END}"
            rf"|{SAID}\s{REDONE}[ \t]{{0,4}}\n[ \t]{{0,4}}\n)"
        ),
        ("Revisión propuesta: El té puede ayudar.", "Respuesta reformulada\n\nEl té puede ayudar."),
        ("Propuestas: tres.", "Respuesta\n\nsí."),
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(
            rf"(?=[^\n]{{0,300}}[.!]{LINE_END})(?=[^\n]{{0,200}}?\b(?:una|la|mi"
            rf"|esta)\s{SAID}\s(?:\w{{1,20}}\s)?{REDONE}\b)[^\n]{{0,310}}\n[ \t]{{0,4}}\n"
        ),
        ("He preparado una respuesta revisada.\n\nEl té puede ayudar.",),
        ("El ayuntamiento envió una respuesta.\n\nEra corta.",),
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(
            rf"(?:(?=.{{0,150}}?\b(?:esta|la|mi)\s{SAID}\s(?:\w{{1,20}}\s)?{REDONE}\b).{{0,600}}$"
            rf"|{MARKS}(?:la|esta|mi)\s{SAID}\s(?:anterior\s)?(?:ha sido|fue|ahora|ya no|evita|respeta ahora"
            rf"|cumple ahora|se abstiene)\b.{{0,300}}?(?:{DONE}|{ABOUT_WORDS})"
            rf"|{MARKS}(?:he|se ha|se han)\s(?:\w{{1,12}}\s)?{DID}\s[^\n.]{{0,60}}?\b(?:afirmaci(?:ón|ones)|promesas?"
            rf"|engañosas?|engañosos?|dañin[oa]s?|ofensiv[oa]s?|juicios?|aseveraci(?:ón|ones))\b"
            rf"|{MARKS}(?:[^.!?\n:,]{{0,60}},\s)?(?:estos|los|mis|estas) (?:cambios|ajustes|modificaciones)\s(?:hacen"
            rf"|permiten"
            rf"|aseguran|garantizan|evitan|buscan)\b[^\n]{{0,200}}?{ABOUT_WORDS}|{MARKS}(?:me (?:he )?asegur(?:é|ado)"
            rf"|he (?:procurado|intentado|tratado)"
            rf"|procuré)\s[^\n]{{0,30}}?{SAID}|{MARKS}(?:he realizado|he hecho|hice|realicé) (?:los siguientes|estos"
            rf"|algunos) (?:cambios|ajustes)|{MARKS}esto\s(?:ahora\s)?cumple|{MARKS}(?:así|de esta (?:forma"
            rf"|manera)),\s(?:la|esta)\s{SAID}\s|{MARKS}¿?(?:quieres|desea|deseas|te gustaría|le gustaría"
            rf"|debo)\b[^\n]{{0,40}}?(?:modifi|revis|reformul|ajust|corri|correg)\w{{1,5}}\b[^\n]{{0,40}}?{SAID}"
            rf"|{MARKS}(?:espero que\s)?(?:esto|así)\s(?:está|sea|es)\s(?:mejor|más adecuado)"
            rf"|{MARKS}veredicto\s?:{END}\s?(?:complies|violates|cumple))"
        ),
        (
            "La respuesta ha sido reformulada.",
            "Esta respuesta ahora cumple con el principio.",
            "(He quitado las promesas.)",
            "¿Quieres que ajuste la respuesta?",
            "En suma, la respuesta corregida es más suave.",
        ),
        (
            "Esta respuesta no sustituye al médico.",
            "He quitado la astilla.",
            "La respuesta del ayuntamiento llegó en mayo.",
        ),
        "ending",
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?=[^\n]{{0,250}}?(?:\bcorrijo (?:la|mi) {SAID}"
            rf"|\b(?:yo )?(?:respondería|diría) (?:así"
            rf"|más bien)|\bversión de (?:la|mi) {SAID}\b|\bmi\s{SAID},\s(?:revisada|corregida)))[^\n]{{0,310}}\n"
        ),
        ("Corrijo mi respuesta:\n\nEl té puede ayudar.", "Yo respondería así:\n\nEl té puede ayudar."),
        ("Yo diría esto:\n\nsí.",),
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(
            rf"{MARKS}(?:(?:cambios?|modificad[oa]|modificaci(?:ón|ones)|(?:nota|aclaración) sobre (?:la revisión"
            rf"|los cambios))\s?:{END}\s[^\n]{{0,40}}?(?:{DID}|se (?:eliminó|quitó|suprimió|cambió|suavizó|corrigió)"
            rf"|eliminad[oa]|suprimid[oa])[^\n]{{0,60}}?(?:afirmación|promesa|engaños|respuesta|tono|redacción)"
            rf"|(?:la|las)\s(?:afirmaci(?:ón|ones)|promesas?|declaraci(?:ón|ones))\b[^\n.]{{0,60}}?\b(?:se (?:eliminó"
            rf"|quitó"
            rf"|suprimió|eliminaron)|ha sido suprimida|fue eliminada|ha sido eliminada)[^\n.]{{0,60}}?\b(?:principio"
            rf"|regla|directriz|crítica)|(?:esa|esta) es (?:la|mi) {SAID} {REDONE}\b)"
        ),
        (
            "(Cambio: se eliminó la afirmación engañosa.)",
            "La afirmación se eliminó para cumplir con el principio.",
            "Esa es la respuesta revisada.",
        ),
        ("Cambio: horario del lunes.", "La promesa se cumplió."),
        "ending",
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(
            rf"{MARKS}(?:{OK})?(?:pensándolo|tras|después de|al reflexionar|reconozco|me doy cuenta|en retrospectiva"
            rf"|efectivamente"
            rf"|en efecto)\b[^\n.!:]{{0,50}}?\bmi\s(?:(?:anterior|primera|última)\s{SAID}|{SAID}\s(?:anterior|inicial"
            rf"|previa|original))\b[^\n.!]{{0,160}}[.!](?=\s|$)"
        ),
        ("Pensándolo bien, mi respuesta anterior era dañina.\n\nEl té puede ayudar.",),
        ("Pensándolo bien, mi primera idea era buena. Sigamos.",),
    ),
    Rule(
        "meta_suffix",
        "es",
        pattern(
            rf"{MARKS}(?:espero que\s)?(?:esta|la|mi)\s(?:revisión|reformulación|versión {REDONE})\b(?!\s(?:de"
            rf"|del)\b)[^\n]{{0,160}}?(?:{ABOUT_WORDS}|\b(?:expectativas|necesidades|útil|mejor|adecuada)\b)"
        ),
        ("Espero que esta revisión cumpla con sus expectativas.", "Esta revisión hace la respuesta más suave."),
        ("La revisión del coche fue cara.",),
        "ending",
    ),
    Rule(
        "meta_prefix",
        "es",
        pattern(
            rf"{LEAD}{HERE}\s(?:un|mi|otro)\s?(?:nuevo|segundo|mejor)?\s(?:intento|propuesta)\b[^\n:.]{{0,60}}[:.]"
        ),
        ("Aquí va un nuevo intento: El té puede ayudar.",),
        ("Aquí va un nuevo tren: el de las ocho.",),
    ),
)
