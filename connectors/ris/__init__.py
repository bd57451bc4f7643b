"""The case system of social work (RIS): what it calls our fields, and how a dossier gets there."""
