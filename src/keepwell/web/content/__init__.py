"""What the pages of content need: the editor's form, previews, differences."""
