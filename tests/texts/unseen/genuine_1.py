"""Answers that speak of changes, versions and apologies because they were asked to: none of it is cleaned off or flagged."""

EN = [
    "Here's a more polite version of your email:\n\nHi Tom,\n\nCould you send the file by Friday?\n\nBest,\nAna",
    "Here are five names for a cat: Milo, Luna, Nala, Simba, Oscar.",
    "Mix flour and water, then bake for 40 minutes.\n\nNote: I replaced the butter with oil so that the recipe is vegan.",
    "The tenant shall pay rent on the first of each month.\n\nNote: This version replaces all earlier agreements.",
    "Your essay is clear, but the second paragraph repeats the first. I changed the order of the two examples in the "
    "middle.\n\nI removed three commas.",
    "## Changelog\n\n### 2.1\n- Removed the old parser\n- Fixed a crash on empty input\n\n### 2.0\n- Revised the API",
    "Dear Ms Bell,\n\nI apologize for my earlier message. It was rude. I hope you can forgive me.\n\nKind regards,\nJon",
    "Sorry for the late reply, we were closed on Monday. Your parcel left today.",
    "Boss: Have you revised the report?\nMia: Yes, I changed the summary.\nBoss: Good. Send it to me.",
    "```python\n# Revised version: handles empty input\ndef mean(values):\n    return sum(values) / len(values) if values else 0\n"
    "```\n\nThe revised function returns 0 for an empty list.",
    'An apology could read:\n\n"I\'m sorry about what I said yesterday. You were right."',
    "Revised edition: a book that was changed after it was first printed. The word comes from Latin.",
    "To answer your question: the updated tax form is due in April. Let me know if you need the address.",
    "What changed: the speed limit on this road is 30 now. It was 50 before 2019.",
    "Dear customer,\n\nas requested, we have changed your address. If you would like further changes, call us.\n\n"
    "Your bank",
]
DE = [
    "Hier ist eine höflichere Version Ihrer E-Mail:\n\nHallo Tom,\n\nkönntest du mir die Datei bis Freitag schicken?\n\nAna",
    "Hier sind drei Ideen für das Wochenende: wandern, schwimmen, lesen.",
    "Den Teig 30 Minuten ruhen lassen.\n\nHinweis: Ich habe die Butter durch Öl ersetzt, damit das Rezept vegan ist.",
    "Der Mieter zahlt die Miete zum Ersten des Monats.\n\nHinweis: Diese Fassung ersetzt alle früheren Vereinbarungen.",
    "Die neue Fassung der Verordnung gilt seit Mai. Geändert wurde vor allem § 3.",
    "Liebe Oma,\n\nentschuldige bitte, dass ich gestern so kurz angebunden war. Ich melde mich morgen.\n\nDein Max",
    "Version 2.1\n\nÄnderungen:\n- alter Parser entfernt\n- Absturz bei leerer Eingabe behoben",
    "Sehr geehrte Frau Roth,\n\nwie gewünscht haben wir Ihre Anschrift geändert. Falls Sie weitere Änderungen wünschen, "
    "rufen Sie uns an.\n\nIhre Stadtwerke",
    "Chef: Ist der Bericht überarbeitet?\nMia: Ja, ich habe die Zusammenfassung geändert.\nChef: Gut.",
    "Was hat sich geändert? Seit 2019 gilt auf der Straße Tempo 30. Vorher waren es 50.",
]
FR = [
    "Voici une version plus polie de votre message :\n\nBonjour Paul,\n\nPourriez-vous m'envoyer le dossier ?\n\nMerci,\nAnne",
    "Voici trois idées de repas : une soupe, une salade, une quiche.",
    "Laissez reposer la pâte.\n\nRemarque : j'ai remplacé le beurre par de l'huile pour que la recette soit végétalienne.",
    "Le locataire paie le loyer le premier du mois.\n\nRemarque : cette version remplace tout accord antérieur.",
    "La version révisée de la loi est entrée en vigueur en mai. Elle supprime l'article 3.",
    "Chère Julie,\n\nje m'excuse pour mes propos d'hier. Ils étaient déplacés.\n\nTon ami, Marc",
    "Version 2.1\n\nModifications :\n- ancien analyseur supprimé\n- plantage corrigé",
    "Madame,\n\nComme demandé, nous avons modifié votre adresse. N'hésitez pas à nous appeler pour toute autre "
    "modification.\n\nVotre banque",
    "Ce qui a changé : la vitesse est limitée à 30 km/h. Avant 2019, elle l'était à 50.",
    "Chef : As-tu corrigé le rapport ?\nMia : Oui, j'ai changé le résumé.\nChef : Bien.",
]
ES = [
    "Aquí tienes una versión más amable de tu correo:\n\nHola, Tomás:\n\n¿Podrías enviarme el archivo?\n\nUn saludo,\nAna",
    "Aquí tienes tres nombres para un gato: Milo, Luna, Nala.",
    "Deja reposar la masa.\n\nNota: cambié la mantequilla por aceite para que la receta sea vegana.",
    "El inquilino paga la renta el día primero.\n\nNota: esta versión sustituye todo acuerdo anterior.",
    "La versión revisada de la ley entró en vigor en mayo. Elimina el artículo 3.",
    "Querida Julia:\n\nLamento lo que dije ayer. Fue injusto.\n\nTu amigo, Marcos",
    "Versión 2.1\n\nCambios:\n- Se eliminó el analizador antiguo\n- Se corrigió un fallo",
    "Estimada clienta:\n\nComo solicitó, hemos cambiado su dirección. Si desea hacer otro cambio, llámenos.\n\nSu banco",
    "Qué cambió: el límite de velocidad es 30. Antes de 2019 era 50.",
    "Jefe: ¿Has corregido el informe?\nMía: Sí, cambié el resumen.\nJefe: Bien.",
]
ZH = [
    "下面是一封更礼貌的邮件：\n\n王经理，您好：\n\n请您在周五前把文件发给我，谢谢。\n\n小李",
    "以下是三个猫的名字：咪咪、花花、豆豆。",
    "面团静置半小时。\n\n注：这里用植物油代替了黄油，适合素食者。",
    "承租人应于每月一日支付租金。\n\n注：本版本取代之前的一切协议。",
    "修改后的法律从五月起施行，主要改动是删除了第三条。",
    "亲爱的小美：\n\n对不起，昨天我的回答太冲了。希望你能原谅我。\n\n小明",
    "更新日志\n\n修改内容：\n- 删除旧解析器\n- 修复崩溃",
    "尊敬的客户：\n\n根据您的要求，我们已修改您的地址。如需进一步修改，请致电我们。\n\n某某银行",
]
JA = [
    "より丁寧なメールの例です。\n\n山田様\n\n金曜日までにファイルをお送りいただけますでしょうか。\n\n佐藤",
    "猫の名前を三つ挙げます：ミロ、ルナ、モモ。",
    "生地を三十分休ませます。\n\n※バターの代わりに油を使っているので、ビーガンの方も食べられます。",
    "改訂版の規則は五月から施行されました。主な変更点は第三条の削除です。",
    "美咲へ\n\n昨日はきつい返事をしてしまい、ごめんなさい。許してもらえるとうれしいです。\n\n健太",
    "更新履歴\n\n変更点：\n- 古い解析器を削除\n- 不具合を修正",
    "お客様各位\n\nご要望どおり住所を変更いたしました。さらに変更が必要な場合は、お電話ください。\n\n銀行",
]

GENUINE = {"en": EN, "de": DE, "fr": FR, "es": ES, "zh": ZH, "ja": JA}
