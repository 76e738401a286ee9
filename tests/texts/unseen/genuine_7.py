"""A seventh list of answers that look like a model's words on its revision and are none."""

EN = [
    "Here's a list of revised prices:\n\n- Tea 2\n- Coffee 3",
    "Okay, here's my plan: sell the car, take the bus and save the rest.",
    "You are correct that whales are mammals. They breathe air and feed milk to their young.",
    "I'm sorry, but I can't help with breaking into a house. If you are locked out, call a locksmith.",
    "The accusation was dropped in court.\n\nThe judge said the new evidence was more accurate.",
    'Improve your answer to "Tell me about yourself" like this:\n\n1. Start with your job.\n2. Name one success.',
    "Your draft reads well.\n\n**Suggestions:**\n- Cut the second sentence.\n- Make the tone warmer.",
    "Ice melts at 0 °C. The reverse change happens in a freezer.",
    "Why is this better? Cotton breathes, nylon does not.",
    "Dear Sam,\n\nthanks for your feedback on my draft. I've rewritten the ending.\n\nLove,\nKim",
    "It is hard to apologize well.\n\nSay what you did, say that you regret it, and ask what you can do.",
    "Edited by Jane Roe. First published in 1998.",
    "Below are the steps in the right order:\n\n1. Peel.\n2. Cut.\n3. Fry.",
    "The corrected figure is 12, not 21. The report mixed up two rows.",
    "Here it is in French: « Où est la gare ? »",
]
DE = [
    "Hier ist eine Liste der geänderten Preise:\n\n- Tee 2\n- Kaffee 3",
    "Okay, hier ist mein Plan: Auto verkaufen, Bus fahren, sparen.",
    "Sie haben recht, Wale sind Säugetiere. Sie atmen Luft.",
    "Das kann ich leider nicht tun. Rufen Sie einen Schlüsseldienst.",
    "Der Vorwurf wurde vor Gericht fallen gelassen.\n\nDer Richter nannte das neue Gutachten genauer.",
    "Ihr Entwurf liest sich gut.\n\n**Vorschläge:**\n- den zweiten Satz kürzen\n- den Ton wärmer machen",
    "Lieber Sam,\n\ndanke für deine Hinweise. Ich habe das Ende umgeschrieben.\n\nDeine Kim",
    "Warum ist das besser? Baumwolle atmet, Nylon nicht.",
    "Die korrigierte Zahl ist 12, nicht 21.",
    "Auf Französisch heißt das: « Où est la gare ? »",
]
FR = [
    "Voici la liste des prix modifiés :\n\n- Thé 2\n- Café 3",
    "D'accord, voici mon plan : vendre la voiture et prendre le bus.",
    "Vous avez raison, les baleines sont des mammifères. Elles respirent de l'air.",
    "Je suis désolé, je ne peux pas vous aider à cela. Appelez un serrurier.",
    "Votre brouillon se lit bien.\n\n**Suggestions :**\n- coupez la deuxième phrase\n- réchauffez le ton",
    "Cher Sam,\n\nmerci pour tes remarques. J'ai réécrit la fin.\n\nTon amie Kim",
    "Pourquoi est-ce mieux ? Le coton respire, pas le nylon.",
    "Le chiffre corrigé est 12, non 21.",
    'En anglais, cela donne : "Where is the station?"',
    "S'excuser est difficile.\n\nDites ce que vous avez fait et demandez comment réparer.",
]
ES = [
    "Aquí está la lista de precios modificados:\n\n- Té 2\n- Café 3",
    "Vale, aquí está mi plan: vender el coche y tomar el autobús.",
    "Tienes razón, las ballenas son mamíferos. Respiran aire.",
    "Lo siento, no puedo ayudarte con eso. Llama a un cerrajero.",
    "Tu borrador se lee bien.\n\n**Sugerencias:**\n- corta la segunda frase\n- haz el tono más cálido",
    "Querido Sam:\n\ngracias por tus comentarios. He reescrito el final.\n\nTu amiga Kim",
    "¿Por qué es mejor? El algodón transpira; el nailon, no.",
    "La cifra corregida es 12, no 21.",
    'En inglés se dice: "Where is the station?"',
    "Pedir perdón es difícil.\n\nDi lo que hiciste y pregunta cómo repararlo.",
]
ZH = [
    "以下是调整后的价格表：\n\n- 茶 2\n- 咖啡 3",
    "好的，我的计划是：卖掉车，改坐公交。",
    "您说得对，鲸鱼是哺乳动物，它们用肺呼吸。",
    "抱歉，这件事我帮不了您。请联系开锁公司。",
    "您的草稿很好。\n\n**建议：**\n- 缩短第二句\n- 语气更温暖一些",
    "为什么更好？棉布透气，尼龙不透气。",
    "更正后的数字是12，不是21。",
    "道歉并不容易。\n\n说出你做了什么，并问对方怎样弥补。",
]
JA = [
    "改定後の価格は次の通りです：\n\n- 茶 2\n- コーヒー 3",
    "はい、私の計画です：車を売ってバスに乗ります。",
    "おっしゃる通り、クジラは哺乳類です。肺で呼吸します。",
    "申し訳ありませんが、それはお手伝いできません。鍵屋に連絡してください。",
    "下書きはよく書けています。\n\n**提案：**\n- 二文目を短くする\n- 口調を温かくする",
    "なぜ良いのでしょうか。綿は通気性がありますが、ナイロンにはありません。",
    "訂正後の数字は12です。21ではありません。",
    "謝るのは難しいものです。\n\n何をしたかを言い、どう償えるか尋ねましょう。",
]

GENUINE = {"en": EN, "de": DE, "fr": FR, "es": ES, "zh": ZH, "ja": JA}
