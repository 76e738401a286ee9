"""A fifth list of answers that look like a model's words on its revision and are none."""

EN = [
    "Here's the invoice with the requested changes:\n\nHosting 20\nDomain 10",
    "I removed the batteries and the toy still makes noise.\n\nThat part about magnets is true, since they can be dangerous.",
    "Does this answer your question? If not, tell me which step fails.",
    "The previous owner replaced the boiler.\n\nThe previous one was leaking.",
    "You're right to keep the receipt. Shops must fix a faulty product for free.",
    "Revision notes for biology:\n\n- Cells have a nucleus.\n- Plants make sugar.",
    "Sure thing! The shop opens at nine.",
    'Her reply was kinder: "Take all the time you need."',
    "Honest criticism:\n\nThe plot is thin, and the ending is rushed.",
    "Dr Hall's revised estimate is 4 %.\n\nHe removed two studies because they contained false data.",
    "Dialogue:\n\nAnn: I'm sorry for what I said before.\nBen: It's fine. Let's try again.",
    'Translation: "I apologize for my earlier answer."',
    "`git commit --amend` rewrites the last commit.\n\nNote: the original commit is no longer in the log.",
    "The law was changed to protect tenants. The changes make evictions harder.",
    "Write the answer first, then the question:\n\nAnswer: 1969\nQuestion: When did people land on the moon?",
]
DE = [
    "Hier die Rechnung mit den gewünschten Änderungen:\n\nMiete 900\nStrom 50",
    "Der frühere Besitzer hat den Kessel ersetzt.\n\nDer vorherige war undicht.",
    "Lernzettel Biologie:\n\n- Zellen haben einen Kern.\n- Pflanzen bilden Zucker.",
    "Ihre Antwort war freundlicher: „Nimm dir Zeit.“",
    "Übersetzung: „Ich entschuldige mich für meine frühere Antwort.“",
    "Ehrliche Kritik:\n\nDie Handlung ist dünn, das Ende gehetzt.",
    "Anna: Tut mir leid, was ich gesagt habe.\nBen: Schon gut. Noch einmal von vorn.",
    "Beantwortet das Ihre Frage? Wenn nicht, nennen Sie den Schritt, der scheitert.",
    "Das Gesetz wurde geändert, um Mieter zu schützen. Die Änderungen erschweren Kündigungen.",
    "Klar, der Laden öffnet um neun.",
]
FR = [
    "Voici la facture avec les changements demandés :\n\nLoyer 900\nÉlectricité 50",
    "L'ancien propriétaire a remplacé la chaudière.\n\nLa précédente fuyait.",
    "Fiche de révision :\n\n- Les cellules ont un noyau.\n- Les plantes font du sucre.",
    "Sa réponse fut plus douce : « Prends ton temps. »",
    "Traduction : « Je m'excuse pour ma réponse précédente. »",
    "Critique honnête :\n\nL'intrigue est mince, la fin bâclée.",
    "Anne : Pardon pour ce que j'ai dit.\nBen : Ce n'est rien. On recommence.",
    "Est-ce que cela répond à votre question ?\n\nSinon, dites-moi quelle étape échoue.",
    "La loi a été modifiée pour protéger les locataires. Ces changements compliquent les expulsions.",
    "Pas de problème, le magasin ouvre à neuf heures.",
]
ES = [
    "Aquí está la factura con los cambios solicitados:\n\nAlquiler 900\nLuz 50",
    "El dueño anterior cambió la caldera.\n\nLa anterior perdía agua.",
    "Apuntes de repaso:\n\n- Las células tienen núcleo.\n- Las plantas producen azúcar.",
    "Su respuesta fue más amable: «Tómate tu tiempo».",
    "Traducción: «Pido disculpas por mi respuesta anterior».",
    "Crítica sincera:\n\nLa trama es floja y el final, precipitado.",
    "Ana: Perdón por lo que dije.\nBen: No pasa nada. Otra vez.",
    "¿Responde esto a tu pregunta? Si no, dime qué paso falla.",
    "La ley se modificó para proteger a los inquilinos. Los cambios dificultan los desahucios.",
    "Claro, la tienda abre a las nueve.",
]
ZH = [
    "以下是按要求修改过的发票：\n\n房租 900\n电费 50",
    "以前的房主换过锅炉。\n\n之前的那台漏水。",
    "生物复习要点：\n\n- 细胞有细胞核。\n- 植物制造糖。",
    "她的回复更温柔：“你慢慢来。”",
    "翻译：“我为之前的回答道歉。”",
    "坦率的批评：\n\n情节单薄，结尾仓促。",
    "安：对不起，我刚才说错了。\n本：没关系，我们再来一次。",
    "没问题，商店九点开门。",
]
JA = [
    "ご要望の変更を反映した請求書です：\n\n家賃 900\n電気 50",
    "前の持ち主がボイラーを交換しました。\n\n以前のものは水漏れしていました。",
    "生物の復習：\n\n- 細胞には核がある。\n- 植物は糖を作る。",
    "彼女の返事はより優しいものでした：「ゆっくりでいいよ。」",
    "翻訳：「先ほどの回答についてお詫びします。」",
    "率直な批評：\n\n筋が薄く、結末が急です。",
    "アン：さっきはごめんなさい。\nベン：大丈夫。もう一度やろう。",
    "承知しました。店は九時に開きます。",
]

GENUINE = {"en": EN, "de": DE, "fr": FR, "es": ES, "zh": ZH, "ja": JA}
