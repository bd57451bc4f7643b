"""The names of the synthetic town, typed for this purpose: ordinary ones, and invented combinations of pieces."""

# ruff: noqa: RUF001 (Turkish is written with a dotless i)

from enum import StrEnum


class Origin(StrEnum):
    """Where the names of a household come from; decides spelling, not conduct."""

    DUTCH = "nederlands"
    FRISIAN = "fries"
    TURKISH = "turks"
    MOROCCAN = "marokkaans"
    SURINAMESE = "surinaams"
    POLISH = "pools"
    SYRIAN = "syrisch"


SHARES = {
    Origin.DUTCH: 58,
    Origin.FRISIAN: 5,
    Origin.TURKISH: 8,
    Origin.MOROCCAN: 9,
    Origin.SURINAMESE: 9,
    Origin.POLISH: 6,
    Origin.SYRIAN: 5,
}
MIGRANTS = frozenset({Origin.TURKISH, Origin.MOROCCAN, Origin.SYRIAN})

GIVEN = {
    Origin.DUTCH: (
        "Anna Johanna Maria Cornelia Sophie Emma Eva Lotte Femke Marijke Ineke Wilhelmina Elisabeth Sanne Iris",
        "Jan Johannes Pieter Cornelis Willem Hendrik Kees Daan Thijs Bram Sander Jeroen Martijn Gerrit Dirk Rob",
    ),
    Origin.FRISIAN: (
        "Fenna Hiske Sjoukje Froukje Baukje Tjitske Aukje Nynke Wietske Jeltje Renske Ymkje",
        "Sjoerd Wiebe Fokke Jelle Douwe Tjeerd Hessel Sietse Bauke Rinse Harmen Ype",
    ),
    Origin.TURKISH: (
        "Ayşe Fatma Emine Hatice Zeynep Elif Meryem Gülsüm Özlem Sevgi Derya Yasemin Büşra Esra",
        "Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim Yusuf Murat Ömer Emre Kemal Serkan Özgür",
    ),
    Origin.MOROCCAN: (
        "Fatima Khadija Aïcha Naima Samira Malika Latifa Hanan Rachida Zohra Souad Nadia Karima Imane",
        "Mohamed Ahmed Hassan Youssef Rachid Abdelkader Said Omar Mustapha Driss Khalid Nabil Hamid Bilal",
    ),
    Origin.SURINAMESE: (
        "Shanti Indra Chandra Sandhia Radha Urmila Naomi Muriel Jolanda Cynthia Rowena Soeradj",
        "Ramon Winston Radj Anand Soenil Romeo Humphrey Kenneth Dewanand Rishi Glenn Orlando",
    ),
    Origin.POLISH: (
        "Agnieszka Katarzyna Małgorzata Joanna Ewa Magdalena Zofia Beata Iwona Danuta Łucja Grażyna",
        "Piotr Krzysztof Andrzej Tomasz Paweł Michał Marcin Jakub Łukasz Zbigniew Wojciech Mateusz",
    ),
    Origin.SYRIAN: (
        "Rima Nour Layla Hala Samar Rania Maya Dima Amal Hiba Lina Ghada",
        "Khaled Mahmoud Ahmad Samer Bassel Firas Ziad Anas Tarek Ammar Wael Nizar",
    ),
}

WHOLE = {
    Origin.DUTCH: "Jansen Vries|de Berg|van_den Dijk|van Bakker Visser Smit Meijer Boer|de Mulder Groot|de Bos Vos|de"
    " Peters Hendriks Leeuwen|van Dekker Brouwer Wit|de Dijkstra Smits Graaf|de Meer|van_der Kok Jacobs Haan|de"
    " Vermeulen Heuvel|van_den Veen|van_der Broek|van_den Bruijn|de Heijden|van_der Schouten Beek|van Willems"
    " Hoekstra Maas Verhoeven Koster Dam|van Prins Huisman Peeters Kuijpers Linden|van_der Kuiper Veenstra"
    " Ridder|de Schipper Hart|'t Hof|'t Wijk|van Rijn|van Eijk|van_der Zijl|van_der Reus|de Lange|de Jong|de",
    Origin.FRISIAN: "Hoekstra Dijkstra Wiersma Postma Sijtsma Bijlsma Terpstra Zijlstra Rijpkema Ferwerda Jongsma",
    Origin.TURKISH: "Yılmaz Kaya Demir Çelik Şahin Yıldız Yıldırım Öztürk Aydın Arslan Doğan Kılıç Aslan Çetin"
    " Kara Koç Kurt Özdemir Şimşek Polat Güneş Bulut Aktaş Korkmaz",
    Origin.MOROCCAN: "Idrissi|El Amrani|El Bouzidi Ouali|El Fassi|El Haddad|El Alaoui Bennani Chaoui Tahiri"
    " Mansouri|El Khattabi|El Yahyaoui Azzouzi|El Hamdaoui Boukhari Ziani Moussaoui Ali|Ben Hammou|Ait",
    Origin.SURINAMESE: "Ramdin Kisoensingh Sardjoe Mahabier Jagernath Ramlal Baldewsingh Pinas Soekhai Tjon Sewnath"
    " Kalpoe Raghoebar Bisesar Biharie Jhinkoe Ganesh Sewdien Silva|da Wijngaarde Castelen Vrede",
    Origin.POLISH: "Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski"
    " Kozłowski Mazur Krawczyk Piotrowski Grabowski Pawlak Michalski Król Wieczorek Jabłoński",
    Origin.SYRIAN: "Hassan|Al Ahmad|Al Haddad Khoury Najjar|Al Darwish Masri|Al Halabi|Al Sabbagh Kassab Shami|Al"
    " Hamwi|Al Issa Barakat Mansour Saleh Zein|Al Tawil|Al Jaber|Al",
}
"""Surnames, with the prefix behind a bar where there is one; an underscore in a prefix is a space."""

MADE = {
    Origin.DUTCH: (
        "Hof Molen Broek Veld Wester Ooster Linden Eiken Horst Kamp Water Nieuwen Ouden Zand Heide Bosch Winter",
        "man kamp horst huis berg veld meijer stein brink laar boom dijk ink sloot werf hoeve",
    ),
    Origin.FRISIAN: (
        "Haan Boer Wie Sie Tol Jor Rei Hof Bru Noor Wes Hal",
        "stra sma inga ema dijk ersma wierda",
    ),
    Origin.TURKISH: (
        "Kara Ak Öz Yıl Gün Er Bay Taş Demir Altın",
        "kaya demir türk dağ tekin oğlu can soy baş kan",
    ),
    Origin.MOROCCAN: (
        "Bou Ham Ben Cha Zer Tou Lah Mes Ghar Ouh",
        "zaoui louani ari rani kouri daoui nani moudi",
    ),
    Origin.SURINAMESE: (
        "Ram Soe Bal Jag Moh Kal Har Bis Dew Gob",
        "singh persad dien nath lal khoen dat charan",
    ),
    Origin.POLISH: (
        "Wiś Kamiń Zieliń Jabłoń Górs Kraw Pień Bor Maj Sosn",
        "owski iak czyk ewicz kowski ek arz",
    ),
    Origin.SYRIAN: ("Kha Sha Mar Dar Fay Nah Bad Tal Rif Qas", "had rani wish yad has ran lawi aat"),
}
PREFIXES = ("", "", "", "van", "van der", "van den", "de", "ter")
