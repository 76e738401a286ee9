"""A third list of answers that look like a model's words on its revision and are none."""

EN = [
    "Here is how to disagree without being rude:\n\n1. Ask first.\n2. Stay calm.",
    "Here is a summary of the critique of pure reason:\n\nKant asks what we can know.",
    "The guidelines below help reviewers write better feedback:\n\n- Be kind.\n- Be brief.",
    "Our response to the audit is below.\n\nWe have corrected the two errors in the invoice list.",
    "Q: What is the capital of Peru?\nA: Lima.\n\nQ: And of Chile?\nA: Santiago.",
    'You could reply:\n\n"Thanks for your feedback. I\'ve changed the slides."',
    "The school's new rules take effect in May.\n\nThe changes make the policy fairer to part-time pupils.",
    "Press F5 to run it again.\n\nIf the wording of the error is different, send it to me and I can help further.",
    "The claim that sugar makes children hyperactive is false. Studies have not found any effect.",
    "Good point about the budget. Spend 50 % on needs, 30 % on wants and save the rest.",
    "A safer alternative: use a ladder with a stabiliser and ask someone to hold it.",
    "My advice: rewrite the first paragraph, cut the second, and keep the tone.",
    "In short, the answer is no. Cats cannot digest onions.",
    "It was my mistake.\n\nI have corrected the amount and refunded the fee. Sorry for the trouble.",
    'Wikipedia keeps every revision.\n\nTo undo an edit, open the history and click "undo".',
]
DE = [
    "So widersprechen Sie, ohne unhöflich zu sein:\n\n1. Nachfragen.\n2. Ruhig bleiben.",
    "Sie könnten antworten:\n\n„Danke für Ihre Hinweise. Ich habe die Folien geändert.“",
    "Die neuen Schulregeln gelten ab Mai.\n\nDie Änderungen machen die Ordnung fairer.",
    "Die Behauptung, Zucker mache Kinder hyperaktiv, ist falsch. Studien fanden keine Wirkung.",
    "Eine sicherere Alternative: Nehmen Sie eine Leiter mit Stütze.",
    "Mein Rat: den ersten Absatz umschreiben, den zweiten streichen.",
    "Kurz gesagt: Die Antwort ist nein. Katzen vertragen keine Zwiebeln.",
    "Der Fehler lag bei uns.\n\nWir haben den Betrag korrigiert und die Gebühr erstattet.",
    "Kants Kritik der reinen Vernunft fragt:\n\nWas können wir wissen?",
    "Guter Hinweis: Der Zug um acht ist oft voll. Nehmen Sie den um neun.",
]
FR = [
    "Voici comment contredire quelqu'un sans être impoli :\n\n1. Posez des questions.\n2. Restez calme.",
    "Vous pourriez répondre :\n\n« Merci pour vos remarques. J'ai modifié les diapositives. »",
    "Le nouveau règlement s'applique en mai.\n\nCes changements le rendent plus juste.",
    "L'affirmation selon laquelle le sucre rend les enfants hyperactifs est fausse.",
    "Une solution plus sûre : utilisez une échelle stable.",
    "Mon conseil : réécrivez le premier paragraphe et supprimez le second.",
    "En bref, la réponse est non. Les chats ne digèrent pas l'oignon.",
    "L'erreur venait de nous.\n\nNous avons corrigé le montant et remboursé les frais.",
    "La critique de Kant pose une question :\n\nque pouvons-nous savoir ?",
    "Bonne remarque : le train de huit heures est souvent plein.",
]
ES = [
    "Así se discrepa sin ser maleducado:\n\n1. Pregunta primero.\n2. Mantén la calma.",
    "Podrías responder:\n\n«Gracias por tus comentarios. He cambiado las diapositivas.»",
    "Las nuevas normas rigen desde mayo.\n\nLos cambios las hacen más justas.",
    "La afirmación de que el azúcar vuelve hiperactivos a los niños es falsa.",
    "Una alternativa más segura: usa una escalera estable.",
    "Mi consejo: reescribe el primer párrafo y quita el segundo.",
    "En resumen, la respuesta es no. Los gatos no digieren la cebolla.",
    "El error fue nuestro.\n\nHemos corregido el importe y devuelto la comisión.",
    "La crítica de Kant plantea una pregunta:\n\n¿qué podemos saber?",
    "Buena observación: el tren de las ocho suele ir lleno.",
]
ZH = [
    "不失礼貌地表达不同意见的方法如下：\n\n1. 先提问。\n2. 保持冷静。",
    "您可以这样回复：\n\n“谢谢您的意见，我已经修改了幻灯片。”",
    "新校规五月起施行。\n\n这些改动让规定更加公平。",
    "“糖会让孩子多动”的说法是错误的，研究没有发现这种影响。",
    "更安全的做法：使用带支架的梯子。",
    "我的建议：重写第一段，删除第二段。",
    "简单来说，答案是否定的。猫不能消化洋葱。",
    "错误在我们。\n\n我们已更正金额并退还手续费。",
]
JA = [
    "失礼にならずに反対する方法は次の通りです：\n\n1. まず質問する。\n2. 落ち着く。",
    "次のように返信するとよいでしょう：\n\n「ご意見ありがとうございます。スライドを修正しました。」",
    "新しい校則は五月から始まります。\n\nこれらの変更で規則はより公平になります。",
    "砂糖で子どもが多動になるという主張は誤りです。研究では影響は見つかっていません。",
    "より安全な方法：安定した脚立を使います。",
    "私の助言：最初の段落を書き直し、二番目を削除しましょう。",
    "要するに、答えは「いいえ」です。猫は玉ねぎを消化できません。",
    "誤りは当社にありました。\n\n金額を訂正し、手数料を返金いたしました。",
]

GENUINE = {"en": EN, "de": DE, "fr": FR, "es": ES, "zh": ZH, "ja": JA}
