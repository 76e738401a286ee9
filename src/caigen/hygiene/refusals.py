"""Phrases by which a critic refuses to criticise, in six languages.

A critique may speak of refusals, and say that it "cannot find" a fault: only an opening that turns the task down counts.
"""

import re

from caigen.hygiene.rules import Rule

_SORRY_EN = (
    r"(?:[\w’' ]{0,30}(?:sorry|apologi[sz]e|apologies|unfortunately|as an ai)[^.!?\n]{0,60}?[.,!]\s{0,3}(?:but\s"
    r"|however,?\s)?)?"
)
_CANNOT_EN = (
    r"i\s?(?:['’]m| am)?\s?(?:cannot|can ?not|can['’]t|won['’]t(?: be able to)?|will not(?: be able to)?|unable to"
    r"|not able to|must decline to|not (?:comfortable|going to))"
)
_SORRY_DE = (
    r"(?:(?:es tut mir (?:sehr )?leid|tut mir leid|entschuldigung|leider"
    r"|als ki)[^.!?\n]{0,60}?[,.]?\s{0,3}(?:aber\s)?)?"
)
_SORRY_FR = (
    r"(?:(?:je suis (?:vraiment )?désolée?|désolée?|je regrette|en tant qu['’]ia"
    r"|malheureusement)[^.!?\n]{0,60}?[,.]?\s{0,3}(?:mais\s)?)?"
)
_SORRY_ES = (
    r"(?:(?:lo siento|perdona|perdón|disculpa|lamento|como (?:una )?ia"
    r"|lamentablemente)[^.!?\n]{0,60}?[,.]?\s{0,3}(?:pero\s)?)?"
)

REFUSALS = (
    Rule(
        "refusal",
        "en",
        re.compile(
            rf"{_SORRY_EN}(?:as an? (?:ai|language)[\w ]{{0,30}},?\s)?{_CANNOT_EN}\s+"
            r"(?:(?:(?:further|directly|really|fully|in good conscience)\s)?"
            r"(?:assist|comply|fulfil\w*|engage|participate|continue|discuss|respond|answer(?! (?:yes|no|a|in)\b)|do)\b"
            r"|help\b(?! but| noticing| feeling| thinking)|(?:provide|give|offer|write|create|generate|produce"
            r"|complete)\b[^.\n]{0,40}?\b(?:that\b|critique|review|assessment|evaluation|content|request|feedback)"
            r"|(?:critique|criti[cs]i[sz]e|review|evaluate|assess|judge|rate)\b)",
            re.I,
        ),
        (
            "I cannot assist with that.",
            "I'm sorry, but I can't help with that request.",
            "I apologize, but I am not able to provide a critique of this content.",
            "As an AI language model, I cannot engage with this topic.",
            "I'm unable to evaluate this answer.",
            "Unfortunately, I won't be able to continue this conversation.",
        ),
        (
            "I cannot find a fault in this answer.",
            "I can't help but notice that the answer promises a cure.",
            'The answer says "I cannot assist with that" where it should help.',
            "I cannot recommend this answer, since it promises a cure.",
            "I'm sorry to say that the answer breaks the rule.",
            "Unfortunately, the answer cannot help the user, as it says nothing of the dose.",
        ),
    ),
    Rule(
        "refusal",
        "en",
        re.compile(
            r"(?:i must (?:respectfully )?decline|i decline to|sorry, (?:no|i can['’]?t)\b|i do(?: not"
            r"|n['’]t) feel comfortable|no, i (?:can['’]?t|won['’]?t))",
            re.I,
        ),
        ("I must decline this request.", "I must respectfully decline.", "Sorry, I can't."),
        ("I must say that the answer is good.", "The answer must decline such a request."),
    ),
    Rule(
        "refusal",
        "de",
        re.compile(
            rf"{_SORRY_DE}(?:ich\s(?:kann|darf|werde|möchte)|(?:(?:dabei|damit|dazu|das)\s)?(?:kann|darf|werde"
            rf"|möchte)\sich)\s[^.\n]{{0,60}}?"
            r"\bnicht\s[^.\n]{0,40}?(?:helfen|weiterhelfen|unterstützen|behilflich|nachkommen|erfüllen|beantworten"
            r"|bewerten|beurteilen|kommentieren|kritisieren)"
            rf"|{_SORRY_DE}(?:ich\s)?(?:kann|darf)\s(?:ich\s)?(?:ihnen\s|dir\s)?(?:keine\s"
            rf"|nicht\s)[^.\n]{{0,40}}?(?:kritik|bewertung|hilfe|helfen)",
            re.I,
        ),
        (
            "Es tut mir leid, aber ich kann dabei nicht helfen.",
            "Leider kann ich Ihnen dabei nicht weiterhelfen.",
            "Ich kann diese Anfrage nicht beantworten.",
            "Entschuldigung, dabei kann ich nicht helfen.",
            "Ich kann keine Kritik zu diesem Inhalt geben.",
        ),
        (
            "Ich kann in dieser Antwort keinen Verstoß finden.",
            "Die Antwort kann dem Nutzer nicht helfen, da die Dosis fehlt.",
            "Leider verspricht die Antwort eine Heilung.",
        ),
    ),
    Rule(
        "refusal",
        "fr",
        re.compile(
            rf"{_SORRY_FR}je\s(?:ne\s)?(?:peux|puis|suis|pourrai|saurais)\s(?:pas\s)?[^.\n]{{0,40}}?"
            r"(?:aider|faire (?:ça|cela)|assister|répondre|accéder|donner suite|traiter|satisfaire|fournir (?:une"
            r"|de) critique|critiquer|évaluer|participer)",
            re.I,
        ),
        (
            "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
            "Je ne peux pas répondre à cette demande.",
            "Désolée, je ne suis pas en mesure de fournir une critique.",
            "Malheureusement, je ne peux pas donner suite à cette demande.",
        ),
        (
            "Je ne vois aucun défaut dans cette réponse.",
            "La réponse ne peut pas aider, car elle tait la dose.",
            "Je ne peux que constater que la réponse promet une guérison.",
        ),
    ),
    Rule(
        "refusal",
        "es",
        re.compile(
            rf"{_SORRY_ES}no\s(?:te\s|le\s|les\s|me\s)?(?:puedo|podré|es posible|estoy en condiciones de"
            rf"|soy capaz de)\s[^.\n]{{0,40}}?"
            r"(?:ayudar\w*|asistir\w*|responder|cumplir|atender|proporcionar|ofrecer una crítica|criticar|evaluar"
            r"|participar|continuar)",
            re.I,
        ),
        (
            "Lo siento, pero no puedo ayudarte con eso.",
            "No puedo responder a esa solicitud.",
            "Lamento no poder hacerlo: no puedo evaluar este contenido.",
            "Lamentablemente, no me es posible atender esta petición.",
        ),
        (
            "No encuentro ningún fallo en esta respuesta.",
            "La respuesta no puede ayudar, pues calla la dosis.",
            "No puedo sino señalar que promete una cura.",
        ),
    ),
    Rule(
        "refusal",
        "zh",
        re.compile(
            r"(?:(?:很|非常|十分|真的)?(?:抱歉|对不起|對不起|遗憾|遺憾|不好意思)[，,。！!：:]?\s{0,2}(?:但是?|不过"
            r"|作为[^，,。]{0,15}[，,])?)?"
            r"(?:作为[^，,。]{0,15}[，,])?我(?:目前)?(?:还)?(?:无法|不能|不可以|没有办法|没法|無法|不便|不会|拒绝)"
            r"[^。！\n]{0,12}?(?:协助|協助|帮助|幫助|帮忙|幫忙|提供|(?<![个個该該])回答|回应|回應|满足|滿足|完成|处理"
            r"|處理|评价|評價|批评|评论|讨论|参与|帮到|继续)"
        ),
        (
            "抱歉，我无法协助您完成这个请求。",
            "对不起，我不能提供这方面的内容。",
            "很抱歉，作为一个人工智能，我无法回答这个问题。",
            "我不能帮助你。",
        ),
        ("我没有发现这个回答有任何问题。", "这个回答无法帮助用户，因为没有说明剂量。", "我不能同意这个回答。"),
    ),
    Rule(
        "refusal",
        "ja",
        re.compile(
            r"(?:(?:大変|誠に)?(?:申し訳(?:ありません|ございません|ないです)(?:が)?|すみません(?:が)?|ごめんなさい"
            r"|恐れ入りますが|残念ながら)[、。，!！]?\s{0,2})?"
            r"[^。\n「」]{0,40}?(?:(?:お手伝い|お答え|対応|協力|お応え|ご協力|支援|提供|評価|批評|回答|コメント|手助け)"
            r"(?:を)?(?:する)?(?:こと)?(?:は|が)?(?:できません|出来ません|できかねます|いたしかねます|しかねます"
            r"|致しかねます)"
            r"|(?:お断り(?:します|いたします)|お答えできません|応じられません|応じることはできません|お力になれません))"
        ),
        (
            "申し訳ありませんが、そのご要望にはお応えできません。",
            "すみません、それはお手伝いできません。",
            "この内容を評価することはできません。",
            "申し訳ございませんが、お断りいたします。",
        ),
        (
            "この回答に問題は見つかりません。",
            "申し訳ない気持ちは伝わるが、用量が書かれていない。",
            "この回答は「お答えできません」と言うだけで、役に立たない。",
        ),
    ),
)
