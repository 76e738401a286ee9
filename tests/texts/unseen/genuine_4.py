"""A fourth list of answers that look like a model's words on its revision and are none."""

EN = [
    "Here is a revised budget:\n\nRent 900\nFood 300",
    "Certainly! Here are three safer routes:\n\n1. Along the river.\n2. Through the park.\n3. By bus.",
    "Thank you for your order. We have updated your delivery address.",
    "Final score (after extra time): 3 to 2.",
    'A more polite way to refuse would be:\n\n"Thank you, but I have other plans."',
    "Bring water and a hat.\n\nPlease let me know if you need any further information about the trail.",
    "The vaccine is safe. Claims that it alters genes are false and have been corrected by several newspapers.",
    "In the second edition the author removed a chapter.\n\nThe revised text avoids Latin words.",
    "A dog that growls is giving a warning.\n\nBy staying calm, you avoid making it worse.",
    "I think honesty matters most here. Tell her what happened and apologize.",
    "Edit the file `config.yml`:\n\n```yaml\nanswer: revised\n```\n\nSave it and restart.",
    "Dear team,\n\nI have read your comments and changed the schedule. The meeting is now at ten.\n\nBest,\nLea",
    "Step 1: Read the feedback.\nStep 2: Revise your answer.\nStep 3: Hand it in.",
    "Correction: the concert is on Friday, not on Thursday.",
    "Update: the road is open again.",
]
DE = [
    "Hier ist ein überarbeitetes Budget:\n\nMiete 900\nEssen 300",
    "Gerne! Hier sind drei sicherere Wege:\n\n1. Am Fluss.\n2. Durch den Park.",
    "Vielen Dank für Ihre Bestellung. Wir haben Ihre Lieferadresse angepasst.",
    "Höflicher wäre:\n\n„Danke, aber ich habe schon etwas vor.“",
    "Nehmen Sie Wasser mit.\n\nBitte lassen Sie mich wissen, ob Sie weitere Fragen zum Weg haben.",
    "Die Impfung ist sicher. Gegenteilige Behauptungen sind falsch und wurden korrigiert.",
    "In der zweiten Auflage fehlt ein Kapitel.\n\nDer überarbeitete Text des Autors ist kürzer.",
    "Korrektur: Das Konzert ist am Freitag, nicht am Donnerstag.",
    "Ich denke, Ehrlichkeit ist hier am wichtigsten. Sagen Sie ihr, was passiert ist.",
    "Schritt 1: Lesen Sie die Kritik.\nSchritt 2: Überarbeiten Sie Ihre Antwort.",
]
FR = [
    "Voici un budget révisé :\n\nLoyer 900\nNourriture 300",
    "Bien sûr ! Voici trois chemins plus sûrs :\n\n1. Le long du fleuve.\n2. Par le parc.",
    "Merci pour votre commande. Nous avons modifié votre adresse.",
    "Il serait plus poli de dire :\n\n« Merci, mais je suis pris. »",
    "Prenez de l'eau.\n\nFaites-moi savoir si vous avez d'autres questions sur le chemin.",
    "Le vaccin est sûr. Les affirmations contraires sont fausses et ont été corrigées.",
    "La deuxième édition perd un chapitre.\n\nLe texte révisé par l'auteur est plus court.",
    "Correction : le concert a lieu vendredi, pas jeudi.",
    "Je pense que l'honnêteté compte le plus. Dites-lui ce qui s'est passé.",
    "Étape 1 : lisez la critique.\nÉtape 2 : révisez votre réponse.",
]
ES = [
    "Aquí tienes un presupuesto revisado:\n\nAlquiler 900\nComida 300",
    "¡Claro! Aquí hay tres rutas más seguras:\n\n1. Junto al río.\n2. Por el parque.",
    "Gracias por tu pedido. Hemos actualizado tu dirección.",
    "Sería más amable decir:\n\n«Gracias, pero ya tengo planes.»",
    "Lleva agua.\n\nHazme saber si tienes más preguntas sobre el camino.",
    "La vacuna es segura. Las afirmaciones contrarias son falsas y fueron corregidas.",
    "La segunda edición pierde un capítulo.\n\nEl texto revisado por el autor es más corto.",
    "Corrección: el concierto es el viernes, no el jueves.",
    "Creo que la honestidad es lo más importante. Dile lo que pasó.",
    "Paso 1: lee la crítica.\nPaso 2: revisa tu respuesta.",
]
ZH = [
    "以下是修改后的预算：\n\n房租 900\n伙食 300",
    "当然！以下是三条更安全的路线：\n\n1. 沿着河走。\n2. 穿过公园。",
    "感谢您的订购，我们已更新您的收货地址。",
    "更礼貌的说法是：\n\n“谢谢，不过我已经有安排了。”",
    "请带水。\n\n如果您对路线还有其他问题，请随时告知。",
    "疫苗是安全的。相反的说法是错误的，已被多家报纸更正。",
    "更正：音乐会在周五，不在周四。",
    "第一步：阅读批评意见。\n第二步：修改你的回答。",
]
JA = [
    "見直した予算は次の通りです：\n\n家賃 900\n食費 300",
    "もちろんです！より安全な道は三つあります：\n\n1. 川沿い。\n2. 公園の中。",
    "ご注文ありがとうございます。お届け先の住所を変更いたしました。",
    "より丁寧な断り方は次の通りです：\n\n「ありがとうございます。あいにく予定があります。」",
    "水を持って行きましょう。\n\n道についてほかにご質問があればお知らせください。",
    "ワクチンは安全です。反対の主張は誤りで、新聞でも訂正されました。",
    "訂正：演奏会は木曜日ではなく金曜日です。",
    "手順1：批評を読みます。\n手順2：回答を書き直します。",
]

GENUINE = {"en": EN, "de": DE, "fr": FR, "es": ES, "zh": ZH, "ja": JA}
