using System.Text;

namespace Ptewright.Files;

/// <summary>Writes a file as a whole or not at all.</summary>
/// <remarks>
/// <para>It is written under another name in the same folder, and renamed when it is complete and on the disk. So a run that fails, is interrupted or fills the disk leaves the file that was
/// there before. The new file has the permission bits of the one that it replaces.</para>
/// <para>Pipes and devices (<c>/dev/stdout</c>, <c>/dev/null</c>, <c>/dev/fd/N</c>) are written to directly. Any other symbolic link is refused: it could lead into somebody else's file.</para>
/// </remarks>
internal static class OutputFile
{
    private const UnixFileMode Permissions = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Refuses a place where no file can be written, so that nothing long is done in vain.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is a folder or a symbolic link, or there is no folder for it.</exception>
    /// <exception cref="IOException">There is a file that cannot be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">There is a file that may not be replaced.</exception>
    public static void Check(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (OutputPlace.IsOwnStream(path))
        {
            return;
        }

        switch (OutputPlace.KindOf(path))
        {
            case PlaceKind.Folder:
                throw new InvalidInputException($"'{path}' is a folder, so no file of that name can be written.");
            case PlaceKind.Link:
                throw OutputPlace.LinkRefused(path);
            case PlaceKind.Free when !Directory.Exists(FolderOf(path)):
                throw new InvalidInputException($"There is no folder '{Path.GetDirectoryName(path)}' to write '{Path.GetFileName(path)}' into.");
            case PlaceKind.File:
                // Renaming asks the folder alone, but a file that may not be written is not replaced either.
                using (File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                {
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes what is in it.</param>
    /// <exception cref="InvalidInputException">There can be no such file.</exception>
    /// <exception cref="IOException">It cannot be written. What was there before is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Check(path);
        using (Stream? stream = OutputPlace.OpenStream(path))
        {
            if (stream is not null)
            {
                write(stream);
                return;
            }
        }

        FileStream? file = null;
        try
        {
            using UnfinishedOutput part = UnfinishedOutput.Begin(
                FolderOf(path), name => file = new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.Read), File.Delete);
            UnfinishedOutput.Fill(() =>
            {
                write(file!);
                file!.Flush(flushToDisk: true);
            });
            if (!OperatingSystem.IsWindows() && File.Exists(path))
            {
                File.SetUnixFileMode(file!.SafeFileHandle, File.GetUnixFileMode(path) & Permissions);
            }

            file!.Dispose();
            part.Finish(name => File.Move(name, path, overwrite: true));
        }
        finally
        {
            Close(file);
        }
    }

    /// <summary>Writes a text file, in UTF-8.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(_utf8.GetBytes(text)));

    /// <summary>Writes a text file, in UTF-8, piece by piece.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, Action<TextWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Write(path, stream =>
        {
            using StreamWriter writer = new(stream, _utf8, bufferSize: 1 << 16, leaveOpen: true);
            write(writer);
        });
    }

    internal static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? Path.GetFullPath(path);

    // A stream that could not be written tries once more when it is closed; that it could not was said already.
    private static void Close(FileStream? file)
    {
        try
        {
            file?.Dispose();
        }
        catch (Exception problem) when (problem is IOException or ArgumentOutOfRangeException)
        {
        }
    }
}
